"""The audit of what a training sees, in the parts that it makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_train.data.audit import Audit
from plant_train.data.audit.finding import Finding
from plant_train.data.audit.in_words import in_short, warnings
from plant_train.data.audit.training import audit_split, scan_training
from plant_train.data.held_out import hold_out
from plant_train.data.layouts import read_training_data
from plant_train.data.split_record import record_of

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def _audit(root: Path) -> Audit:
    data = read_training_data([root])
    scan = scan_training(data)
    return audit_split(scan, hold_out(data, scan.grouped, 0.2, 0, None), [root])


def _finding(audit: Audit, check: str) -> Finding:
    return next(finding for finding in audit.findings if finding.check == check)


def test_a_data_set_is_audited_as_it_was_divided_and_its_test_part_is_not_read(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "train", {"a": 12, "b": 13})
    shutil.copytree(tmp_path / "train" / "a", tmp_path / "test" / "a")
    (tmp_path / "train" / "a" / "phone.heic").write_bytes(b"")
    (tmp_path / "test" / "a" / "phone.heif").write_bytes(b"")
    found = _audit(tmp_path)
    assert found.data == [str(tmp_path)]
    assert found.parts == {"train": 20, "validation": 5}
    assert not found.leaks
    assert _finding(found, "class_sizes").figures["pictures"] == {"a": 12, "b": 13}
    assert _finding(found, "kinds").figures["ignored"] == {".heic": 1}
    assert warnings(found) == []
    assert in_short(found) == "No leak was found, and no check warns."


def test_copies_that_the_split_kept_together_are_told_and_no_leak(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 12, "b": 12})
    shutil.copy(tmp_path / "a" / "000.png", tmp_path / "b" / "copy.png")
    found = _audit(tmp_path)
    assert not found.leaks
    assert _finding(found, "exact_duplicates").figures["label_conflicts"] == 1
    (line,) = warnings(found)
    assert line.startswith("warning: Equal files: 1 file is a copy of another, byte for byte.")
    assert in_short(found) == "No leak was found. 1 of 9 checks warns: equal files."


@pytest.mark.parametrize("what", ["leaf", "copy"])
def test_leaves_and_copies_in_a_validation_folder_are_a_leak(
    tmp_path: Path, write_class_folders: WriteClassFolders, what: str
) -> None:
    write_class_folders(tmp_path / "train", {"a": 4, "b": 4})
    (tmp_path / "val" / "a").mkdir(parents=True)
    if what == "copy":
        shutil.copy(tmp_path / "train" / "a" / "000.png", tmp_path / "val" / "a" / "x.png")
    else:
        for number, part in enumerate(("train", "val")):
            source = tmp_path / "train" / "a" / f"00{number}.png"
            source.rename(tmp_path / part / "a" / f"X Leaf 5.{number}.png")
    found = _audit(tmp_path)
    assert found.leaks
    assert _finding(found, "leaks").figures["between"] == {"train and validation": 1}
    assert warnings(found)[0].startswith("leak: Leaks between the parts: 1 leaf or photograph")
    assert in_short(found).startswith("The parts of this data set leak into one another")
    empty = _finding(found, "empty_classes")
    assert (empty.severity, empty.count) == ("note", 1)


def test_a_former_split_is_audited_as_it_was(
    tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path, {"a": 12, "b": 12})
    data = read_training_data([tmp_path])
    scan = scan_training(data)
    former = record_of(hold_out(data, scan.grouped, 0.5, 1, None), data.roots)
    again = audit_split(scan, hold_out(data, scan.grouped, 0.1, 2, former), [tmp_path])
    assert again.parts == {"train": 12, "validation": 12}
