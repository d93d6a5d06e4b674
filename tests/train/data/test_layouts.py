from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.layouts import (
    read_class_folders,
    require_two_classes,
    test_folder,
    training_folder,
    with_classes_of,
)

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def test_each_folder_is_a_class_and_each_picture_below_it_carries_its_label(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"Corn___healthy": 2, "Apple___scab": 3})
    (tmp_path / "Apple___scab" / "deeper").mkdir()
    (tmp_path / "Apple___scab" / "001.png").rename(
        tmp_path / "Apple___scab" / "deeper" / "UPPER.PNG"
    )
    pictures = read_class_folders(tmp_path)
    assert pictures.classes == ("Apple___scab", "Corn___healthy")
    assert [path.relative_to(tmp_path).as_posix() for path in pictures.paths] == [
        "Apple___scab/000.png",
        "Apple___scab/002.png",
        "Apple___scab/deeper/UPPER.PNG",
        "Corn___healthy/000.png",
        "Corn___healthy/001.png",
    ]
    assert pictures.labels == (0, 0, 0, 1, 1)
    assert len(pictures) == 5


def test_hidden_files_and_folders_and_other_files_are_no_pictures(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "b": 1, ".thumbnails": 4})
    (tmp_path / "README.txt").write_text("mine")
    (tmp_path / "a" / "notes.txt").write_text("mine")
    (tmp_path / "a" / ".hidden.png").write_bytes(b"")
    (tmp_path / "a" / "folder.png").mkdir()
    pictures = read_class_folders(tmp_path)
    assert pictures.classes == ("a", "b")
    assert [path.name for path in pictures.paths] == ["000.png", "000.png"]


def test_a_train_folder_above_the_classes_is_found_for_training_and_a_test_folder_for_judging(
    tmp_path: Path,
) -> None:
    plain, train_only, both = tmp_path / "plain", tmp_path / "train_only", tmp_path / "both"
    for folder in (plain / "test", train_only / "train", both / "train", both / "test"):
        folder.mkdir(parents=True)
    assert training_folder(both) == both / "train"
    assert test_folder(both) == both / "test"
    assert training_folder(train_only) == train_only / "train"
    assert test_folder(train_only) == train_only
    # A class may be called test: without a train folder beside it, it is one.
    assert training_folder(plain) == test_folder(plain) == plain


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^expected a folder of class folders at .*gone: there is"):
        read_class_folders(tmp_path / "gone")


def test_a_folder_without_class_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"")
    with pytest.raises(UserError, match=r"^expected class folders .* it has no folders$"):
        read_class_folders(tmp_path)


def test_classes_without_a_picture_are_named_and_many_of_them_are_cut_short(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"full": 1, "empty": 0})
    with pytest.raises(UserError, match=r"these have none: empty$"):
        read_class_folders(tmp_path)
    write_class_folders(tmp_path, {f"void{number}": 0 for number in range(6)})
    with pytest.raises(UserError, match=r"these have none: empty, void0, void1, void2, void3 …$"):
        read_class_folders(tmp_path)


def test_one_class_is_nothing_to_tell_apart(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"only": 2})
    pictures = read_class_folders(tmp_path)
    with pytest.raises(UserError, match=r"at least two class folders .* received one: only$"):
        require_two_classes(pictures)
    write_class_folders(tmp_path, {"other": 2})
    require_two_classes(read_class_folders(tmp_path))


def test_a_selection_of_a_runs_classes_gets_the_runs_numbers(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"d": 1, "b": 2})
    renumbered = with_classes_of(read_class_folders(tmp_path), ("a", "b", "c", "d"))
    assert renumbered.classes == ("a", "b", "c", "d")
    assert renumbered.labels == (1, 1, 3)


def test_a_class_that_the_run_does_not_know_is_named(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "stranger": 1})
    with pytest.raises(UserError, match=r"does not know: stranger; expected a selection of its 2"):
        with_classes_of(read_class_folders(tmp_path), ("a", "b"))
