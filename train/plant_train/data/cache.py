"""Decoded, squared leaf pictures, kept on the disk once: uint8, keyed by content.

An entry is the raw array, named after the sha256 of the picture file's bytes and the
stored side, so that moving or renaming a data set, or training on it again, decodes nothing.
"""

import hashlib
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from plant_device.contract.atomic import is_running
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry, Picture, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.data.labelled import LabelledPictures
from plant_train.data.unreadable import require_readable
from plant_train.progress import track

CHANNELS = 3
_CACHE_VARIABLE = "PLANT_EDGE_CACHE"


@dataclass(frozen=True)
class CachedPictures:
    """Labelled pictures whose squares lie in the cache.

    Args:
        names: for each picture its path from the folder of its data set.
        entries: for each picture the file with its uint8 [stored_side, stored_side, 3].
        labels: for each picture its index in `classes`.
        fingerprint: sha256 over the pictures' labels and contents, whatever their names.
    """

    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    entries: tuple[Path, ...]
    labels: np.ndarray
    geometry: Geometry
    fingerprint: str

    @property
    def digests(self) -> tuple[str, ...]:
        """For each picture the sha256 of its file's bytes."""
        return tuple(entry.name for entry in self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def leaf(self, index: int) -> Picture:
        """The stored leaf picture: RGB uint8 [stored_side, stored_side, 3].

        Raises:
            UserError: its entry was deleted or cut short since it was written.
        """
        side, entry = self.geometry.stored_side, self.entries[index]
        try:
            return np.fromfile(entry, dtype=np.uint8).reshape(side, side, CHANNELS)
        except (FileNotFoundError, ValueError):
            raise UserError(
                f"expected {self.paths[index]} in the picture cache, where it was at the start: "
                f"{entry} is gone or cut short. The same command puts it there again"
            ) from None


def cache_folder() -> Path:
    """`$PLANT_EDGE_CACHE`, else the user's cache folder."""
    return Path(os.environ.get(_CACHE_VARIABLE) or user_cache_path("plant-edge") / "leaf-pictures")


def cache_pictures(pictures: LabelledPictures, geometry: Geometry) -> CachedPictures:
    """Decode and square what is not in the cache yet, with progress on stderr.

    Raises:
        UserError: a picture cannot be read; counts them, and names the first few, those of a
            table by their line.
    """
    folder = cache_folder()
    entries: list[Path] = []
    digests: list[str] = []
    faults: dict[str, UserError] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done: Iterable[tuple[str, Path] | UserError] = pool.map(
            lambda path: _cached(path, folder, geometry), pictures.paths
        )
        outcomes = track(done, len(pictures), f"reading {pictures.where}")
        for path, line, outcome in zip(pictures.paths, pictures.lines, outcomes, strict=True):
            if not isinstance(outcome, UserError):
                digests.append(outcome[0])
                entries.append(outcome[1])
            elif line:
                faults[str(line)] = UserError(f"{line}: {outcome}")
            else:
                faults[str(path)] = outcome
    require_readable(faults, of=len(pictures))
    return CachedPictures(
        pictures.classes,
        pictures.paths,
        pictures.names,
        tuple(entries),
        np.array(pictures.labels, dtype=np.int32),
        geometry,
        _fingerprint(pictures, digests),
    )


def _cached(path: Path, folder: Path, geometry: Geometry) -> tuple[str, Path] | UserError:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entry = folder / str(geometry.stored_side) / digest[:2] / digest
        if _is_whole(entry, geometry):
            return digest, entry
        leaf = leaf_picture(read_picture(path), geometry)
    except UserError as error:
        return error
    except OSError as error:
        return UserError(f"cannot read {path}: {error.strerror}")
    _write(entry, leaf)
    return digest, entry


def _write(entry: Path, leaf: Picture) -> None:
    # The thread's number, because equal pictures may be decoded at the same time.
    temporary = entry.with_name(f"{entry.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(entry)
        # No fsync: an entry that a power cut made short is decoded again. Not `tofile`, which
        # says nothing of a full disk.
        temporary.write_bytes(leaf.tobytes())
        temporary.replace(entry)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(
            f"cannot write to the picture cache {entry.parents[2]}: {error.strerror}; make room, "
            f"or name another folder in {_CACHE_VARIABLE}"
        ) from error


def _remove_leftovers(entry: Path) -> None:
    """Delete what processes left of this entry that were killed in the midst of a write."""
    for leftover in entry.parent.glob(f"{entry.name}.*.partial"):
        pid = leftover.name.split(".")[1].partition("-")[0]
        if not is_running(int(pid)):
            leftover.unlink(missing_ok=True)


def _is_whole(entry: Path, geometry: Geometry) -> bool:
    try:
        return entry.stat().st_size == geometry.stored_side**2 * CHANNELS
    except FileNotFoundError:
        return False


def _fingerprint(pictures: LabelledPictures, digests: list[str]) -> str:
    lines = sorted(
        f"{pictures.classes[label]}\t{digest}\n"
        for label, digest in zip(pictures.labels, digests, strict=True)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()
