from __future__ import annotations

from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.layouts.parts import Parts, find_parts, judged_part


def _folders(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).mkdir(parents=True)
    return root


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Val"])
def test_parts_are_found_beside_a_train_folder(tmp_path: Path, name: str) -> None:
    data = _folders(tmp_path, "train", name, "test")
    assert find_parts(data) == Parts(None, data / "train", data / name, data / "test")


def test_without_a_train_folder_a_class_may_have_any_name(tmp_path: Path) -> None:
    data = _folders(tmp_path, "test", "val")
    assert find_parts(data) == Parts(data)
    assert judged_part(data) == data


def test_a_table_is_all_in_one(tmp_path: Path) -> None:
    assert find_parts(tmp_path / "leaves.csv") == Parts(tmp_path / "leaves.csv")


def test_two_validation_folders_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"one validation folder in .*, received: val, valid$"):
        find_parts(_folders(tmp_path, "train", "val", "valid"))


def test_the_test_folder_is_judged_and_without_one_the_choice_is_the_users(tmp_path: Path) -> None:
    assert judged_part(_folders(tmp_path, "train", "test")) == tmp_path / "test"
    (tmp_path / "test").rmdir()
    (tmp_path / "val").mkdir()
    with pytest.raises(UserError, match=r"beside train and val: name the folder .*/val$"):
        judged_part(tmp_path)
