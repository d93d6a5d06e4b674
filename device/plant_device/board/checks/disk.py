"""Room and speed of the disk that records go to."""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from plant_device.board.finding import Asked, Finding
from plant_device.board.sizes import in_words
from plant_device.store.disk import free_bytes, usual_floor

_NO_ROOM = 100e6
# A picture of a record, written as often, each on the disk before the next.
_PICTURE_BYTES, _PICTURES = 200_000, 8
_SLOW_MS = 500.0


def check(asked: Asked) -> list[Finding]:
    """The disk of the store, or of the current folder."""
    folder = (asked.store or Path()).absolute()
    while not folder.is_dir():
        folder = folder.parent
    findings = [
        room(folder, free_bytes(folder), shutil.disk_usage(folder).total, usual_floor(folder))
    ]
    try:
        findings.append(speed(write_milliseconds(folder)))
    except OSError as error:
        to_do = "free some room, or name a folder that can be written: --store DIR"
        findings.append(Finding("disk speed", "failure", f"{folder}: {error.strerror}", to_do))
    return findings


def room(folder: Path, free: float, total: float, floor: float) -> Finding:
    """Whether there is room for records; below `floor` old pictures give way to new ones."""
    told = f"{in_words(free)} free of {in_words(total)} at {folder}"
    to_do = "take the records home and delete them, or use a larger disk"
    if free < _NO_ROOM:
        return Finding("disk", "failure", told, to_do)
    if free < floor:
        return Finding("disk", "warning", told, to_do)
    return Finding("disk", "ok", told)


def speed(milliseconds: float) -> Finding:
    """Whether keeping a picture takes long."""
    told = f"{milliseconds:.1f} ms to have a picture of {_PICTURE_BYTES // 1000} kB on the disk"
    if milliseconds > _SLOW_MS:
        to_do = "use a faster SD card (class A1 or A2), or a USB or NVMe disk"
        return Finding("disk speed", "warning", told, to_do)
    return Finding("disk speed", "ok", told)


def write_milliseconds(folder: Path) -> float:
    """Median of a few written and synced pictures; the file has no name, and is gone after.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    content = os.urandom(_PICTURE_BYTES)
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_PICTURES):
            start = time.perf_counter()
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken)
