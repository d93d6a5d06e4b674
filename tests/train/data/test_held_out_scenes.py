from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.held_out_scenes import held_out_scenes

WriteClassFolders = Callable[[Path, dict[str, int]], None]


@pytest.fixture
def folder(tmp_path: Path, write_class_folders: WriteClassFolders) -> Path:
    write_class_folders(tmp_path, {"sheds": 40})
    return tmp_path / "sheds"


def test_a_tenth_is_held_out_in_a_row_and_the_seed_says_where(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    drawn = [held_out_scenes(folder, paths, seed) for seed in range(8)]
    assert drawn[0] == held_out_scenes(folder, paths, 0)
    assert len(set(drawn)) > 1
    for places in drawn:
        assert sorted(places) == list(range(min(places), min(places) + 4))


def test_copies_are_held_out_together(folder: Path) -> None:
    for index in range(40):
        shutil.copy(folder / f"{index:03d}.png", folder / f"{99 - index:03d}.png")
    paths = sorted(folder.iterdir())
    for seed in range(4):
        chosen = held_out_scenes(folder, paths, seed)
        held_out = {paths[index].read_bytes() for index in chosen}
        shown = {path.read_bytes() for index, path in enumerate(paths) if index not in chosen}
        assert len(chosen) == 2 * len(held_out) > 0
        assert not held_out & shown


def test_one_picture_cannot_be_divided(folder: Path) -> None:
    with pytest.raises(UserError, match=r"at least two pictures .*; sheds has 1$"):
        held_out_scenes(folder, sorted(folder.iterdir())[:1], 0)
