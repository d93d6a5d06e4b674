"""What tells one kind of weights file from another, and how large any of them may be."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.packings import PACKINGS

MAX_BYTES = 2 << 30
# What zipfile raises on a damaged directory, or on a compression that it does not know.
_DAMAGES = (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError)


@dataclass(frozen=True)
class Signs:
    """What a file shows of its kind before anything of it is understood.

    Args:
        ending: of its name, in lower case.
        start: its first bytes.
        members: the names in it, if it is a zip whose directory is readable.
    """

    ending: str
    start: bytes
    members: tuple[str, ...]

    @property
    def is_zip(self) -> bool:
        """Whether it begins as a zip does, be it whole or not."""
        return self.start.startswith(b"PK")


def read_signs(path: Path) -> Signs:
    """Look at a file.

    Raises:
        UserError: there is no file at `path`, it is empty or too large, or packed as no
            weights are.
    """
    if not path.is_file():
        received = "a folder" if path.is_dir() else "no such file"
        raise UserError(f"expected a weights file at {path}, received: {received}")
    if not path.stat().st_size:
        raise UserError(f"expected a weights file at {path}, received: an empty one")
    require_size(path.stat().st_size, path)
    with path.open("rb") as file:
        start = file.read(16)
    members: tuple[str, ...] = ()
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except _DAMAGES:
            return Signs(path.suffix.lower(), start, members)
        if any(member.compress_type not in PACKINGS for member in infos):
            raise unreadable("weights packed by deflate, or not at all", path, "it is otherwise")
        require_size(sum(member.file_size for member in infos), path)
        members = tuple(member.filename for member in infos)
    return Signs(path.suffix.lower(), start, members)


def require_size(unpacked: int, path: Path) -> None:
    """Make sure that a file does not unpack to more than any network of ours has.

    Raises:
        UserError: it does.
    """
    if unpacked > MAX_BYTES:
        raise UserError(f"expected weights of at most 2 GiB, received {unpacked:,} bytes: {path}")


def unreadable(kind: str, path: Path, reason: object) -> UserError:
    """The error for a file that looks like `kind` and is not, or is damaged."""
    lines = str(reason).strip().splitlines() or [type(reason).__name__]
    return UserError(f"expected {kind}, cannot read {path}: {lines[0]}")
