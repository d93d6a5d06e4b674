"""`download plantvillage`: from a source to class folders, whole or not at all, resumable."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

from plant_device.contract.atomic import write_atomically
from plant_device.contract.command_line import require, say
from plant_device.contract.errors import UserError
from plant_train.download.fetch import RemoteFile, fetch
from plant_train.download.plantvillage.leaves import LeafMap, leaf_key
from plant_train.download.plantvillage.published_files import PublishedFiles
from plant_train.download.plantvillage.release import (
    LICENCE_QUESTION,
    PARTS,
    PLANTVILLAGE,
    Part,
    Release,
)
from plant_train.download.plantvillage.source import ReleasedPicture, Source
from plant_train.download.recorded_sums import without_password
from plant_train.one_process import one_process
from plant_train.progress import Meter

_RECORD = "download.json"
_LOCK = "lock"
_HUB = "huggingface.co/datasets/mohanty/PlantVillage"
_MAX_ARCHIVE_BYTES = 8 << 30


@dataclass(frozen=True)
class Installed:
    """What lies in the folder.

    Args:
        split: `official`, or `by leaf`: ours.
        pictures: how many each part has.
        classes: how many there are.
    """

    split: str
    pictures: dict[Part, int]
    classes: int


def download_plantvillage(
    out: Path, source: str | None = None, release: Release = PLANTVILLAGE
) -> Installed:
    """Make `out`/{train,test}/CLASS/PICTURE, `out`/leaf-map.json and `out`/download.json.

    What is under way lies in `.OUT.partial` beside it, where the same command goes on: after
    the last byte that arrived, and the last picture that was written.

    Args:
        source: a folder, a zip archive, parquet shards, or the address of one of these files;
            by default the release's own addresses.

    Raises:
        UserError: `out` holds something else, the source cannot be had or read, or the disk is
            full.
    """
    out = out.resolve()
    staging = out.parent / f".{out.name}.partial"
    if (out / _RECORD).is_file():
        shutil.rmtree(staging, ignore_errors=True)
        return _recorded(out)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UserError(f"{out} exists and is no download of this command: choose another folder")
    staging.mkdir(parents=True, exist_ok=True)
    with one_process(staging / _LOCK, "is downloading to"), _swept_up(staging):
        origin = without_password(source or _HUB)
        installed = _write(open_source(_fetched(source, origin, staging, release)), origin, staging)
        # 54,000 single fsyncs would take longer than the download.
        os.sync()
        (staging / "data").rename(out)
    shutil.rmtree(staging, ignore_errors=True)
    _compare_counts(installed, release)
    say(LICENCE_QUESTION)
    return installed


def open_source(path: Path) -> Source:
    """The source at `path`: by what it is, not by its name.

    Raises:
        UserError: there is nothing, or nothing that is understood.
    """
    if not path.exists():
        raise UserError(
            f"expected a folder, a zip archive or parquet shards of PlantVillage at {path}: "
            "there is nothing"
        )
    shards = _shards(path)
    if not shards:
        return PublishedFiles(path)
    require("pyarrow", "download")
    from plant_train.download.plantvillage.parquet_shards import ParquetShards

    return ParquetShards(shards)


def _shards(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.parquet"))
    with path.open("rb") as file:
        return [path] if file.read(4) == b"PAR1" else []


def _fetched(source: str | None, origin: str, staging: Path, release: Release) -> Path:
    """Where the source is on this machine; files of two addresses do not share a folder."""
    if source and "://" not in source:
        return Path(source)
    folder = staging / f"fetched-{hashlib.sha256(origin.encode()).hexdigest()[:8]}"
    if source is None:
        for path, remote in release.files.items():
            fetch(remote, folder / path)
        return folder
    name = Path(unquote(urlsplit(source).path)).name or "archive"
    fetch(RemoteFile((source,), None, _MAX_ARCHIVE_BYTES), folder / name)
    return folder / name


@contextmanager
def _swept_up(staging: Path) -> Iterator[None]:
    """Leave no folder where nothing has come."""
    try:
        yield
    finally:
        files = (path for path in staging.rglob("*") if path.is_file() and path.name != _LOCK)
        if next(files, None) is None:
            shutil.rmtree(staging)


def _write(source: Source, origin: str, staging: Path) -> Installed:
    data, begun = staging / "data", staging / "source.txt"
    if begun.is_file() and begun.read_text(encoding="utf-8") != origin:
        # Another source may split otherwise: a picture must not end on both sides.
        shutil.rmtree(data, ignore_errors=True)
    write_atomically(begun, origin)
    leaves: LeafMap = {}
    written: set[tuple[Part, str, str]] = set()
    with Meter(source.total, f"writing {data}") as meter:
        for picture in source.pictures():
            place = (picture.part, picture.label, picture.name)
            if place in written:
                raise UserError(f"expected names of their own, received two {'/'.join(place)}")
            written.add(place)
            _write_picture(picture, data)
            _note_leaf(picture, leaves)
            meter.advance()
    counts = Counter(part for part, _, _ in written)
    classes = len({label for _, label, _ in written})
    installed = Installed(source.split, {part: counts[part] for part in PARTS}, classes)
    write_atomically(data / "leaf-map.json", json.dumps(leaves, indent=0, sort_keys=True))
    write_atomically(data / _RECORD, _record(installed, origin))
    return installed


def _write_picture(picture: ReleasedPicture, data: Path) -> None:
    target = data / picture.part / picture.label / picture.name
    with suppress(FileNotFoundError):
        if target.stat().st_size == picture.size:
            return
    content = picture.content()
    temporary = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(target)
    except OSError as error:
        raise UserError(
            f"cannot write {target}: {error.strerror}; mend that, then the same command goes on"
        ) from error


def _note_leaf(picture: ReleasedPicture, leaves: LeafMap) -> None:
    if picture.leaf is not None:
        known = leaves.setdefault(leaf_key(picture.name), [])
        if picture.leaf not in known:
            known.append(picture.leaf)


def _compare_counts(installed: Installed, release: Release) -> None:
    for part in PARTS:
        found, published = installed.pictures[part], release.counts[part]
        if found != published:
            say(f"{part} has {found:,} pictures, {published:,} are published")


def _record(installed: Installed, origin: str) -> str:
    record = {
        "source": origin,
        "split": installed.split,
        "pictures": installed.pictures,
        "classes": installed.classes,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    return json.dumps(record, indent=2) + "\n"


def _recorded(out: Path) -> Installed:
    try:
        record = json.loads((out / _RECORD).read_text(encoding="utf-8"))
        return Installed(record["split"], record["pictures"], record["classes"])
    except (ValueError, KeyError, TypeError):
        raise UserError(
            f"expected the record of a download in {out / _RECORD}, received something else: "
            "choose another folder"
        ) from None
