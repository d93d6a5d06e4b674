"""A zip of one of the other layouts, such as a device exports: unpacked into the cache, once."""

import errno
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from plant_device.contract.errors import UserError
from plant_device.contract.packings import PACKINGS
from plant_device.contract.picture_file import PICTURE_SUFFIXES
from plant_train.data.cache import cache_folder
from plant_train.progress import track

_FOLDER = "unpacked"
_TAKEN = PICTURE_SUFFIXES | {".csv", ".json"}
_MAX_MEMBERS = 1_000_000
# A picture of 64 million pixels, uncompressed, and some more.
_MAX_MEMBER_BYTES = 256 << 20
# A name that comes twice, once of a file and once of a folder, or is none that a disk can have.
_NO_NAME = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
# What zipfile raises on damaged files, subclasses included: an unknown packing is a RuntimeError.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)


def unpacked(place: Path) -> Path:
    """The folder with what is in a `.zip`; any other place is what it is.

    Pictures, tables and leaf maps are taken, anything else is left in it. The folder is named after
    the zip's content: the same zip is unpacked once, and after a kill from its start.

    Raises:
        UserError: it is damaged, or holds what a data set does not.
    """
    if place.suffix.lower() != ".zip" or not place.is_file():
        return place
    folder = cache_folder() / _FOLDER / _digest(place)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        with zipfile.ZipFile(place) as archive:
            members = list(_members(place, archive))
            _require_room(place, members, unfinished)
            for member in track(members, len(members), f"unpacking {place.name}"):
                _unpack(place, archive, member, unfinished)
        _name(unfinished, folder)
    except _DAMAGE as error:
        raise _damaged(place, error) from None
    except OSError as error:
        # The disk's faults are others: zipfile looks for a member before the file's beginning.
        if error.errno != errno.EINVAL:
            raise
        raise _damaged(place, error) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _damaged(place: Path, error: Exception) -> UserError:
    return UserError(f"expected a zip of class folders, received {place}: {error}")


def _name(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.replace(folder)
    except OSError:
        # Another training unpacked the same zip meanwhile.
        if not folder.is_dir():
            raise


def _members(place: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise UserError(
            f"expected at most {_MAX_MEMBERS:,} files in {place}, received {len(members):,}"
        )
    for member in members:
        path = PurePosixPath(member.filename)
        # In this order: of an empty name zipfile cannot tell whether it is a folder's.
        if path.suffix.lower() not in _TAKEN or member.is_dir():
            continue
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise UserError(f"{place} has a file that lies outside of it: {member.filename!r:.80}")
        if member.file_size > _MAX_MEMBER_BYTES:
            raise UserError(
                f"expected files of at most {_MAX_MEMBER_BYTES >> 20} MiB in {place}, received "
                f"{member.filename!r:.80} of {member.file_size >> 20:,} MiB"
            )
        if member.compress_type not in PACKINGS:
            raise UserError(
                f"expected a zip that is packed by deflate, as zip does it, received {place}: "
                "unpack it, and name the folder"
            )
        yield member


def _require_room(place: Path, members: list[zipfile.ZipInfo], folder: Path) -> None:
    needed, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{place} unpacks to {needed / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free in "
            f"{cache_folder()}: unpack it elsewhere, or set PLANT_EDGE_CACHE"
        )


def _unpack(place: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / member.filename
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as packed, target.open("xb") as file:
            # zipfile ends at the size that was checked, whatever the packed bytes would give.
            shutil.copyfileobj(packed, file)
    except OSError as error:
        if error.errno not in _NO_NAME:
            raise
        raise UserError(
            f"{place} has a file that cannot be unpacked: {member.filename!r:.80} "
            f"({error.strerror}): unpack it by hand, and name the folder"
        ) from None


def _digest(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
