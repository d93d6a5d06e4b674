"""How much room there is, and what a disk has that cannot be written."""

import errno
import os
import sqlite3
from pathlib import Path

from plant_device.contract.errors import UserError

_USUAL_FLOOR = 500 * 10**6
_USUAL_SHARE = 0.05
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_DISK = "the disk is full: make room on it"
_NO_FILES = "the disk takes no more files: delete some on it"
_READ_ONLY = "the disk is read-only: have it mounted to be written"
_FAILS = "the disk fails: "
NO_ROOM = (_FULL_DISK, _NO_FILES)
"""Faults that are over as soon as there is room; others last until it is mounted anew."""
# SQLite needs the database, its log, the log's index, and a journal while it makes them.
_LEAST_FILES = 4
_LEAST_BYTES = 256 << 10


def usual_floor(folder: Path) -> int:
    """Bytes to leave free where nobody said how many: 500 MB, or 5 % of a smaller disk."""
    disk = os.statvfs(folder)
    return min(_USUAL_FLOOR, int(_USUAL_SHARE * disk.f_frsize * disk.f_blocks))


def highest_floor(folder: Path) -> int:
    """The most that may be asked to stay free without a picture being thinned for it at once.

    The usual floor's worth of pictures still fits, and the usual floor itself is always right.
    """
    usual = usual_floor(folder)
    return max(usual, free_bytes(folder) - usual)


def free_bytes(folder: Path) -> int:
    """What may still be written."""
    disk = os.statvfs(folder)
    return disk.f_frsize * disk.f_bavail


def total_bytes(folder: Path) -> int:
    """How large the disk is."""
    disk = os.statvfs(folder)
    return disk.f_frsize * disk.f_blocks


class DiskFaultError(UserError):
    """The disk takes nothing, whoever asks: no fault of the call, and it may pass.

    Args:
        reason: what is the matter with it.
    """

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"expected a folder for records that can be written: {folder} ({reason})")
        self.reason = reason


def fault_of(error: OSError | sqlite3.Error, folder: Path) -> str | None:
    """What is the matter with the folder's disk, where an error comes from that; None otherwise.

    SQLite is known by its words: Python 3.10 has no codes of it.
    """
    number = error.errno if isinstance(error, OSError) else None
    words = str(error)
    if words.startswith((*NO_ROOM, _READ_ONLY, _FAILS)):
        return words
    if number in _FULL or "disk is full" in words:
        return _FULL_DISK
    if number == errno.EROFS:
        return _READ_ONLY
    fails = number == errno.EIO or "disk I/O error" in words
    # Of a file that cannot be made, or not be written, SQLite does not tell why.
    if not fails and not any(told in words for told in ("unable to open", "readonly")):
        return None
    return _state_of(folder) or (f"{_FAILS}{words}" if fails else None)


def _state_of(folder: Path) -> str | None:
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    try:
        disk = os.statvfs(above)
    except OSError as error:
        return f"{_FAILS}{error.strerror}"
    if disk.f_flag & os.ST_RDONLY:
        return _READ_ONLY
    if disk.f_frsize * disk.f_bavail < _LEAST_BYTES:
        return _FULL_DISK
    # Some file systems count no files, and say so by none in all.
    if disk.f_files and disk.f_favail < _LEAST_FILES:
        return _NO_FILES
    return None
