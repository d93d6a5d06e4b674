from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.class_names import ClassNames
from plant_train.data.layouts import (
    read_judged_pictures,
    read_pictures,
    read_training_data,
    training_roots,
)

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def test_a_validation_folder_is_the_validation_set_and_a_test_folder_is_not_opened(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "train", {"a": 3, "b": 2})
    write_class_folders(tmp_path / "valid", {"b": 1})
    write_class_folders(tmp_path / "test", {"no class of ours": 1})
    data = read_training_data([tmp_path])
    assert data.training.names == ("a/000.png", "a/001.png", "a/002.png", "b/000.png", "b/001.png")
    assert data.validation is not None
    assert data.validation.classes == ("a", "b")
    assert data.validation.labels == (1,)
    assert data.roots == (tmp_path / "train", tmp_path / "valid")


def test_several_data_sets_are_one_with_the_classes_of_any(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "one" / "train", {"b": 1, "c": 1})
    write_class_folders(tmp_path / "two", {"a": 1, "b": 2})
    data = read_training_data([tmp_path / "one", tmp_path / "two"])
    assert data.validation is None
    assert data.training.classes == ("a", "b", "c")
    assert data.training.labels == (1, 2, 0, 1, 1)
    assert data.training.names[:3] == ("b/000.png", "c/000.png", "a/000.png")
    assert training_roots([tmp_path / "one", tmp_path / "two"]) == [
        tmp_path / "one" / "train",
        tmp_path / "two",
    ]


def test_folders_and_tables_go_together(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "folders", {"a": 1, "b": 1})
    write_class_folders(tmp_path / "more", {"x": 1})
    (tmp_path / "more.csv").write_text("path,label\nmore/x/000.png,b\n")
    data = read_training_data([tmp_path / "folders", tmp_path / "more.csv"])
    assert data.training.labels == (0, 1, 1)
    assert data.roots == (tmp_path / "folders", tmp_path)


def test_a_picture_that_comes_twice_is_refused(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "b": 1})
    with pytest.raises(UserError, match=r"two data sets have .*a/000\.png$"):
        read_training_data([tmp_path, tmp_path])


def test_one_class_is_nothing_to_tell_apart(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"only": 2})
    with pytest.raises(UserError, match=r"at least two classes .* received one: only$"):
        read_training_data([tmp_path])


def test_class_folders_one_folder_deeper_are_told(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "color", {"rust": 1, "scab": 1})
    with pytest.raises(
        UserError, match=r"one: color \(if the classes are rust, scab: give \S*/color\)$"
    ):
        read_training_data([tmp_path])


def test_a_folder_of_pictures_is_one_class_of_its_name(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"soil": 2})
    pictures = read_pictures(tmp_path / "soil")
    assert pictures.classes == ("soil",)
    assert pictures.names == ("000.png", "001.png")
    assert read_pictures(tmp_path).names == ("soil/000.png", "soil/001.png")
    with pytest.raises(UserError, match=r"received one: soil$"):
        read_training_data([tmp_path / "soil"])


def test_names_that_a_run_could_not_write_down_are_refused(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "b": 1})
    (tmp_path / "a" / "000.png").rename(tmp_path / "a" / os.fsdecode(b"\xff.png"))
    with pytest.raises(UserError, match=r"^expected file names in UTF-8"):
        read_training_data([tmp_path])
    (tmp_path / "b").rename(tmp_path / os.fsdecode(b"\xff"))
    with pytest.raises(UserError, match=r"^expected a printable name"):
        read_training_data([tmp_path])


def test_a_validation_class_that_is_not_trained_is_refused(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "train", {"a": 1, "b": 1})
    write_class_folders(tmp_path / "val", {"c": 1})
    with pytest.raises(UserError, match="val has classes that the model does not know: c"):
        read_training_data([tmp_path])


def test_other_names_become_ours_and_are_judged_under_them(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "ours", {"Apple___scab": 1, "Apple___healthy": 1})
    write_class_folders(tmp_path / "theirs", {"apple scab": 2, "rust": 1})
    names = ClassNames(tmp_path / "names.csv", {"apple scab": "Apple___scab"})
    data = read_training_data([tmp_path / "ours", tmp_path / "theirs"], names)
    assert data.training.classes == ("Apple___healthy", "Apple___scab", "rust")
    assert data.training.labels == (0, 1, 1, 1, 2)
    judged = read_judged_pictures(tmp_path / "theirs", data.training.classes, names)
    assert judged.labels == (1, 1, 2)


def test_a_class_that_a_model_does_not_know_is_named_with_what_may_be_meant(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "Apple scab": 1})
    with pytest.raises(
        UserError, match=r"know: Apple scab \(did you mean Apple___scab\?\); expected .* its 2: A"
    ):
        read_judged_pictures(tmp_path, ("Apple___scab", "a"))


def test_a_selection_of_a_models_classes_gets_the_models_numbers(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"d": 1, "b": 2})
    renumbered = read_judged_pictures(tmp_path, ("a", "b", "c", "d"))
    assert renumbered.classes == ("a", "b", "c", "d")
    assert renumbered.labels == (1, 1, 3)
