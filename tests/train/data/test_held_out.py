from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_train.data.audit.training import scan_training
from plant_train.data.held_out import hold_out
from plant_train.data.layouts import TrainingData, read_training_data
from plant_train.data.split import Split
from plant_train.data.split_record import SplitRecord, record_of

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def _held_out(
    data: TrainingData, fraction: float, seed: int, record: SplitRecord | None = None
) -> Split:
    return hold_out(data, scan_training(data).grouped, fraction, seed, record)


def test_copies_of_a_picture_stay_on_one_side(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 12, "b": 12})
    for name in ("a", "b"):
        for index in range(12):
            shutil.copy(tmp_path / name / f"{index:03d}.png", tmp_path / name / f"{99 - index}.png")
    data = read_training_data([tmp_path])
    for seed in range(5):
        parts = _held_out(data, 0.2, seed)
        assert not {*parts.training.groups} & {*parts.validation.groups}
        held_out = {path.read_bytes() for path in parts.validation.paths}
        assert not held_out & {path.read_bytes() for path in parts.training.paths}
        assert len(held_out) * 2 == len(parts.validation)


def test_a_validation_folder_is_taken_as_it_is_and_classes_that_it_lacks_are_told(
    tmp_path: Path, write_class_folders: WriteClassFolders, capsys: pytest.CaptureFixture[str]
) -> None:
    write_class_folders(tmp_path / "train", {"a": 3, "b": 3})
    write_class_folders(tmp_path / "val", {"a": 1})
    data = read_training_data([tmp_path])
    parts = _held_out(data, 0.2, 0)
    assert (parts.training, parts.validation) == (data.training, data.validation)
    assert "warning: no picture is held out of b: nothing is known" in capsys.readouterr().err


def test_a_former_split_is_used_again(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 12, "b": 12})
    data = read_training_data([tmp_path])
    former = _held_out(data, 0.2, 1)
    assert _held_out(data, 0.5, 2, record_of(former, data.roots)) == former
