from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.apart import require_apart, require_other_pictures

WriteClassFolders = Callable[[Path, dict[str, int]], None]


@pytest.fixture
def leaves(tmp_path: Path, write_class_folders: WriteClassFolders) -> Path:
    for part in ("train", "test"):
        write_class_folders(tmp_path / "leaves" / part, {"a": 2, "b": 2})
    return tmp_path / "leaves"


@pytest.mark.parametrize(
    ("folder", "relation"),
    [
        ("leaves/train", "is"),
        ("leaves/train/a", "lies in"),
        ("leaves/train/new/deep", "lies in"),
        ("leaves/test", "is"),
        ("leaves", "holds"),
        (".", "holds"),
        ("elsewhere/../leaves/train", "is"),
        ("link", "is"),
    ],
)
def test_a_folder_among_the_leaves_is_refused(
    leaves: Path, tmp_path: Path, folder: str, relation: str
) -> None:
    (tmp_path / "link").symlink_to(leaves / "train")
    with pytest.raises(
        UserError, match=rf"apart from the leaves for --out, received \S+, which {relation} \S+$"
    ):
        require_apart(tmp_path / folder, [leaves], "--out")


@pytest.mark.parametrize("folder", ["runs/first", "leaves/runs", "leaves/training"])
def test_a_folder_beside_the_leaves_is_fine(leaves: Path, tmp_path: Path, folder: str) -> None:
    require_apart(tmp_path / folder, [leaves], "--out")


def test_beside_a_table_anything_may_lie(leaves: Path) -> None:
    table = leaves / "leaves.csv"
    table.write_text("path,label\ntrain/a/000.png,a\n")
    require_apart(leaves / "sheds", [table], "--not-leaf")


def test_pictures_that_are_leaves_of_the_training_are_refused_under_any_name(
    leaves: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    pictures = sorted((leaves / "train").rglob("*.png"))
    write_class_folders(tmp_path / "sheds", {"x": 3})
    # The same noise as the first class, in other bytes of the same number.
    for own, other in zip(sorted((tmp_path / "sheds" / "x").iterdir()), pictures, strict=False):
        own.write_bytes(b"x" * other.stat().st_size)
    require_other_pictures(tmp_path / "sheds", pictures, "--backgrounds")
    shutil.copy(pictures[3], tmp_path / "sheds" / "shed.png")
    with pytest.raises(
        UserError,
        match=r"--backgrounds that are not in the training data, 1 of 4 in .*sheds are; the first: "
        r"\S*shed\.png is the same as \S*train/b/001\.png$",
    ):
        require_other_pictures(tmp_path / "sheds", pictures, "--backgrounds")
