"""What is left of the store on a disk whose power was cut, seen from outside."""

import io
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from virtual_pi.disk_files import copy_tree, is_sound_after_recovery
from virtual_pi.recording import Acknowledged

from plant_device.contract.atomic import is_leftover
from plant_device.store.database import NAME
from plant_device.store.store import Store


@dataclass(frozen=True)
class StoreAfterCut:
    """What was found; empty lists and True are what a device promises.

    Args:
        records: how many there are.
        lost: acknowledged, and not there.
        without_picture: records whose picture is missing, half, or a write's leftover.
        sound_disk: of the file system, after its journal was replayed.
        sound_database: by SQLite's own check, and none was set aside as damaged.
    """

    records: int
    lost: list[Acknowledged]
    without_picture: list[int]
    sound_disk: bool
    sound_database: bool

    @property
    def nothing_is_lost(self) -> bool:
        """Whether all promises are kept."""
        return (
            self.sound_disk and self.sound_database and not self.lost and not self.without_picture
        )


def store_after_cut(disk: Path, state: str, acknowledged: Iterable[Acknowledged]) -> StoreAfterCut:
    """Look at a disk, whose file system recovers by that: the machine's own has to do so itself.

    Args:
        state: the folder that `records` is in.
    """
    with TemporaryDirectory(dir=disk.parent) as scratch:
        sound_disk = is_sound_after_recovery(disk)
        copy_tree(disk, f"{state}/records", Path(scratch))
        folder = Path(scratch, "records")
        if not (folder / NAME).exists():
            return StoreAfterCut(0, list(acknowledged), [], sound_disk, False)
        sound_database = _is_sound(folder)
        with Store.existing(folder) as store:
            records = list(store.records())
        without_picture = [
            record.id
            for record in records
            if record.picture is None or not _is_whole(folder / record.picture)
        ]
    kept = {
        Acknowledged(record.classified.frame or 0, record.classified.ms, record.classified.energy)
        for record in records
    }
    return StoreAfterCut(
        records=len(records),
        lost=[each for each in acknowledged if each not in kept],
        without_picture=without_picture,
        sound_disk=sound_disk,
        sound_database=sound_database,
    )


def _is_sound(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / NAME)) as database:
        (told,) = database.execute("PRAGMA integrity_check").fetchone()
    return told == "ok" and not list(folder.glob("records.damaged-*"))


def _is_whole(picture: Path) -> bool:
    """Whether a picture is a whole one under its own name."""
    return picture.exists() and not is_leftover(picture) and _decodes(picture.read_bytes())


@cache
def _decodes(content: bytes) -> bool:
    # Most pictures were there after the cut before, too.
    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.load()
    except OSError:
        return False
    return True
