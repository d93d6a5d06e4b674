"""The store's folder and its disk."""

import sqlite3
from pathlib import Path

import pytest

from plant_device.board.checks import disk, store_folder
from plant_device.board.finding import Asked
from plant_device.classify.classifier import Classifier
from plant_device.classify.line import classified_line
from plant_device.contract.picture_file import read_picture
from plant_device.store.clock import BoardClock
from plant_device.store.store import Store


def _quiet(message: str) -> None:
    raise AssertionError(message)


def test_sqlite_is_old_enough_here() -> None:
    (finding,) = store_folder.check(Asked())
    assert finding.what == f"SQLite {sqlite3.sqlite_version}"


@pytest.mark.parametrize(("version", "level"), [((3, 37, 0), "ok"), ((3, 31, 1), "failure")])
def test_sqlite_needs_strict_tables(version: tuple[int, ...], level: str) -> None:
    assert store_folder.sqlite(version).level == level


def test_a_folder_that_is_not_there_yet_is_ok_and_stays_so(tmp_path: Path) -> None:
    _, finding = store_folder.check(Asked(store=tmp_path / "new/records"))
    assert finding.level == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_told_by_its_records(tmp_path: Path) -> None:
    with Store(tmp_path / "store"):
        pass
    _, finding = store_folder.check(Asked(store=tmp_path / "store"))
    assert (finding.level, finding.what) == ("ok", f"{tmp_path / 'store'}: 0 records, sound")
    assert [file.name for file in (tmp_path / "store").iterdir()] == ["records.db"], (
        "files are left that the service of another user could not write"
    )


def test_a_store_in_use_is_read_as_it_is_now(
    tmp_path: Path, classifier: Classifier, leaves: Path
) -> None:
    picture = read_picture(leaves / "leaf_0.png")
    line = classified_line("leaf_0.png", classifier.classify(picture))
    with Store(tmp_path) as store:
        store.keep(picture, line, classifier.sha256, BoardClock().now())
        _, finding = store_folder.check(Asked(store=tmp_path))
    assert finding.what.endswith(": 1 record, sound")


def test_a_damaged_store_is_a_failure_and_is_left_as_it_is(tmp_path: Path) -> None:
    with Store(tmp_path):
        pass
    database = tmp_path / "records.db"
    content = bytearray(database.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    database.write_bytes(content)
    _, finding = store_folder.check(Asked(store=tmp_path))
    assert finding.level == "failure"
    assert "salvages" in finding.to_do
    assert database.read_bytes() == content


@pytest.mark.parametrize("name", ["file", "/proc/records"])
def test_a_folder_that_cannot_be_is_a_failure(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    _, finding = store_folder.check(Asked(store=tmp_path / name))
    assert finding.level == "failure"


# The disk


@pytest.mark.parametrize(
    ("free", "level"), [(5e9, "ok"), (5e8, "ok"), (4e8, "warning"), (5e7, "failure")]
)
def test_room(free: float, level: str) -> None:
    finding = disk.room(Path("/data"), free, 32e9, floor=5e8)
    assert finding.level == level
    assert finding.what.endswith(" free of 32.0 GB at /data")


@pytest.mark.parametrize(("milliseconds", "level"), [(12.0, "ok"), (900.0, "warning")])
def test_speed(milliseconds: float, level: str) -> None:
    assert disk.speed(milliseconds).level == level


def test_the_disk_of_a_folder_that_is_yet_to_be_made_is_measured(tmp_path: Path) -> None:
    room, speed = disk.check(Asked(store=tmp_path / "a/b"))
    assert room.what.endswith(f"at {tmp_path}")
    assert speed.what.endswith("on the disk")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_written_is_a_failure() -> None:
    _, speed = disk.check(Asked(store=Path("/proc/records")))
    assert speed.level == "failure"
