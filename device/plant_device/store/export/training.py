"""Records as a zip of class folders, which `plant-train fit` takes as it is.

A picture's class is what a person said, else what the device decided; where that is no class it is
left out. An export that was killed goes on where it was.
"""

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from plant_device.contract.atomic import sync, write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.locked import locked
from plant_device.store.pictures import picture_file
from plant_device.store.record import Record

# What a kill may cost: so many pictures are copied again, or a quarter of those that are there. To
# take up a zip again costs as much as it has entries.
_LEAST_STEP = 200
_STEP_SHARE = 0.25
# Fixed, so that the same records give the same file: the zip format's earliest date.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Exported:
    """What is in an archive, and what is not.

    Args:
        pictures: that are in it.
        unnamed: records of no class, which are not.
        gone: records whose picture is not there any more.
    """

    pictures: int = 0
    unnamed: int = 0
    gone: int = 0


@dataclass(frozen=True)
class _Progress:
    """How far an archive is that can be gone on with.

    Args:
        wanted: which records it is of.
        last: the id of the last one.
    """

    wanted: str
    last: int = 0
    exported: Exported = Exported()


def write_training_zip(
    records: Callable[[int], Iterable[Record]],
    wanted: str,
    store: Path,
    path: Path,
    tell: Callable[[Exported], None],
) -> Exported:
    """Write the pictures of records into class folders of a zip, atomically.

    Args:
        records: gives those with an id above its argument, in the order of their ids.
        wanted: which records these are: only an archive of the same ones is gone on with.
        store: the folder that the pictures' names start from.
        tell: told how far it is, now and then.

    Raises:
        UserError: another process writes it.
        OSError: the disk is full, or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    growing = _Growing(path)
    with growing.alone():
        progress = growing.resumed(wanted)
        if progress is None:
            progress = growing.begun(wanted)
        left = iter(records(progress.last))
        while True:
            step = max(_LEAST_STEP, int(_STEP_SHARE * progress.exported.pictures))
            batch = list(islice(left, step))
            if not batch:
                break
            progress = growing.grown(batch, store, progress)
            tell(progress.exported)
        growing.finished()
    return progress.exported


class _Growing:
    """An unfinished zip, and beside it what makes it whole after a kill.

    A zip ends with its directory, which the next entries overwrite. So after each step the
    directory and the progress are written to a file of their own, when the zip is on the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = path.with_name(f".growing-{path.name}")
        self._rest = path.with_name(f".growing-{path.name}.rest")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within it no other process writes the zip."""
        self._zip.touch()
        try:
            with locked(self._zip, wait=False):
                yield
        except BlockingIOError:
            raise UserError(
                f"another export to {self._path} is at work: wait for its end, or choose another "
                "name"
            ) from None

    def resumed(self, wanted: str) -> _Progress | None:
        """Make the zip whole as it last was; None where there is none of these records."""
        try:
            head, _, directory = self._rest.read_bytes().partition(b"\n")
            told = json.loads(head)
            progress = _Progress(told["wanted"], told["last"], Exported(**told["exported"]))
            if progress.wanted != wanted:
                return None
            with self._zip.open("r+b") as file:
                if os.fstat(file.fileno()).st_size < told["directory_at"]:
                    return None
                file.truncate(told["directory_at"])
                file.seek(0, os.SEEK_END)
                file.write(directory)
            with zipfile.ZipFile(self._zip) as archive:
                sound = len(archive.infolist()) == progress.exported.pictures
        except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
            return None
        return progress if sound else None

    def begun(self, wanted: str) -> _Progress:
        """An empty zip."""
        self._rest.unlink(missing_ok=True)
        with zipfile.ZipFile(self._zip, "w"):
            pass
        return _Progress(wanted)

    def grown(self, batch: Iterable[Record], store: Path, progress: _Progress) -> _Progress:
        """Add records, have them on the disk, and then the progress."""
        with zipfile.ZipFile(self._zip, "a") as archive:
            for record in batch:
                exported = _added(archive, record, store, progress.exported)
                progress = replace(progress, last=record.id, exported=exported)
            directory_at = archive.start_dir
        with self._zip.open("rb") as file:
            os.fsync(file.fileno())
            file.seek(directory_at)
            directory = file.read()
        head = json.dumps(asdict(progress) | {"directory_at": directory_at})
        write_atomically(self._rest, head.encode() + b"\n" + directory)
        return progress

    def finished(self) -> None:
        """Give the zip its name; both are on the disk when this returns."""
        sync(self._zip)
        self._zip.replace(self._path)
        sync(self._path.parent)
        self._rest.unlink(missing_ok=True)


def _added(archive: zipfile.ZipFile, record: Record, store: Path, exported: Exported) -> Exported:
    named = record.corrected or record.classified.decision in ("disease", "healthy")
    if not named or record.label == "not_leaf":
        return replace(exported, unnamed=exported.unnamed + 1)
    path = picture_file(store, record.picture)
    try:
        content = path.read_bytes() if path else None
    except FileNotFoundError:
        content = None
    if content is None:
        return replace(exported, gone=exported.gone + 1)
    # A label of an old store may be anything, and a folder's name may not.
    folder = record.label.replace("/", "_").strip(". ") or "_"
    entry = zipfile.ZipInfo(f"{folder}/record-{record.id:08d}.jpg", _DATE)
    # JPEGs do not become smaller.
    archive.writestr(entry, content, zipfile.ZIP_STORED)
    return replace(exported, pictures=exported.pictures + 1)
