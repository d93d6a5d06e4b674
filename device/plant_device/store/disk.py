"""How much room there is, and what a disk has that cannot be written."""

import os
from pathlib import Path

_USUAL_FLOOR = 500 * 10**6
_USUAL_SHARE = 0.05


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


def fault_of(folder: Path) -> str | None:
    """Why nothing can be written on the folder's disk, whoever asks; None where that is not why."""
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    try:
        disk = os.statvfs(above)
    except OSError as error:
        return error.strerror
    if disk.f_flag & os.ST_RDONLY:
        return "read-only file system"
    return "no space left on device" if disk.f_bavail == 0 else None
