import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from plant_device.store.disk import fault_of, free_bytes, usual_floor


def test_the_floor_is_a_part_of_the_disk_and_never_more_than_half_a_gigabyte(
    tmp_path: Path,
) -> None:
    total = shutil.disk_usage(tmp_path).total
    assert usual_floor(tmp_path) == min(500_000_000, int(0.05 * total))


def test_free_is_what_others_say_too(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only"),
        (OSError(errno.EIO, "Input/output error"), "the disk fails"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (sqlite3.OperationalError("disk I/O error"), "the disk fails"),
        (OSError("the disk fails: disk I/O error"), "the disk fails: disk I/O error"),
    ],
)
def test_what_a_disk_has_is_known_by_its_error(
    tmp_path: Path, error: OSError | sqlite3.Error, told: str
) -> None:
    assert str(fault_of(error, tmp_path / "not there yet")).startswith(told)


@pytest.mark.parametrize(
    "error",
    [
        FileExistsError(errno.EEXIST, "File exists"),
        PermissionError(errno.EACCES, "Permission denied"),
        sqlite3.OperationalError("unable to open database file"),
        sqlite3.OperationalError("attempt to write a readonly database"),
    ],
)
def test_a_wrong_call_is_no_fault_of_the_disk(
    tmp_path: Path, error: OSError | sqlite3.Error
) -> None:
    assert fault_of(error, tmp_path) is None
