from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures, read_place

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def test_each_folder_is_a_class_and_each_picture_below_it_carries_its_label(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"Corn___healthy": 2, "Apple___scab": 3})
    (tmp_path / "Apple___scab" / "deeper").mkdir()
    (tmp_path / "Apple___scab" / "001.png").rename(
        tmp_path / "Apple___scab" / "deeper" / "UPPER.PNG"
    )
    pictures = read_pictures(tmp_path)
    assert pictures.classes == ("Apple___scab", "Corn___healthy")
    assert pictures.names == (
        "Apple___scab/000.png",
        "Apple___scab/002.png",
        "Apple___scab/deeper/UPPER.PNG",
        "Corn___healthy/000.png",
        "Corn___healthy/001.png",
    )
    assert pictures.labels == (0, 0, 0, 1, 1)
    assert pictures.roots == (tmp_path,) * 5
    assert pictures.groups == ("",) * 5
    assert len(pictures) == 5


def test_a_link_to_nowhere_is_a_picture_that_cannot_be_read(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "b": 1})
    (tmp_path / "a" / "link.jpg").symlink_to(tmp_path / "unmounted" / "a.jpg")
    pictures = read_pictures(tmp_path)
    assert pictures.names == ("a/000.png", "a/link.jpg", "b/000.png")
    with pytest.raises(UserError, match=r"^cannot read .*link\.jpg: No such file"):
        cache_pictures(pictures, Geometry(32, 36))


def test_hidden_files_and_folders_and_other_files_are_no_pictures(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 1, "b": 1, ".thumbnails": 4})
    (tmp_path / "README.txt").write_text("mine")
    (tmp_path / "a" / "notes.txt").write_text("mine")
    (tmp_path / "a" / ".hidden.png").write_bytes(b"")
    (tmp_path / "a" / "folder.png").mkdir()
    pictures = read_pictures(tmp_path)
    assert pictures.classes == ("a", "b")
    assert [path.name for path in pictures.paths] == ["000.png", "000.png"]


def test_leaves_of_the_leaf_map_above_the_folders_are_groups(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "train", {"Potato___healthy": 3, "b": 1})
    leaves = {
        "000": ["Potato___healthy:::1.0"],
        "001": ["Potato___healthy:::2.0"],
        "002": ["Potato___healthy:::1.0"],
    }
    (tmp_path / "leaf-map.json").write_text(json.dumps(leaves))
    groups = read_pictures(tmp_path / "train").groups
    assert groups == (
        "leaf Potato___healthy:::1.0",
        "leaf Potato___healthy:::2.0",
        "leaf Potato___healthy:::1.0",
        "",
    )


def test_a_missing_place_and_one_of_no_known_layout_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^expected a folder of class folders, .*gone: there is n"):
        read_place(tmp_path / "gone")
    (tmp_path / "data.txt").write_text("")
    with pytest.raises(UserError, match=r"data\.txt: it is neither$"):
        read_place(tmp_path / "data.txt")


def test_a_folder_without_class_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_bytes(b"")
    with pytest.raises(UserError, match=r"^expected class folders .* it has no folders$"):
        read_place(tmp_path)


def test_classes_without_a_picture_are_named_and_many_of_them_are_cut_short(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"full": 1, "empty": 0})
    assert read_place(tmp_path).classes == ("empty", "full")
    with pytest.raises(UserError, match=r"these have none: empty$"):
        read_pictures(tmp_path)
    write_class_folders(tmp_path, {f"void{number}": 0 for number in range(6)})
    with pytest.raises(UserError, match=r"these have none: empty, void0, void1, void2, void3 …$"):
        read_pictures(tmp_path)
