"""Files of a folder or of a zip archive, behind one interface; archives are untrusted."""

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Protocol

from plant_device.contract.errors import UserError

_MAX_FILES = 2_000_000
# What zipfile and zlib raise on damaged, encrypted and unknown members.
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


class FileTree(Protocol):
    """Files by their path, with `/` between the parts.

    Args:
        where: what a message calls the tree.
        paths: of all files.
    """

    where: str
    paths: list[str]

    def size(self, path: str) -> int:
        """Bytes of a file, as far as the tree says."""
        ...

    def read(self, path: str, max_bytes: int) -> bytes:
        """A file's content.

        Raises:
            UserError: it is damaged, or larger than `max_bytes`.
        """
        ...


class Folder:
    """The files below a folder; links to folders are not followed."""

    def __init__(self, root: Path) -> None:
        self._root, self.where = root, str(root)
        self.paths = sorted(
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(root).parts
        )

    def size(self, path: str) -> int:
        """Bytes of a file."""
        return (self._root / path).stat().st_size

    def read(self, path: str, max_bytes: int) -> bytes:
        """A file's content."""
        with (self._root / path).open("rb") as file:
            return _bounded(file.read(max_bytes + 1), max_bytes, f"{self.where}/{path}")


class Archive:
    """The files in a zip archive. Nothing is unpacked under a name from the archive."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGES as error:
            raise UserError(
                f"expected a whole zip archive, received something else: {path} ({error})"
            ) from None
        members = self._zip.infolist()
        if len(members) > _MAX_FILES:
            raise UserError(
                f"expected at most {_MAX_FILES:,} files in an archive, received {len(members):,}: "
                f"{path}"
            )
        for member in members:
            _require_inside(member.filename, self.where)
        self.paths = [member.filename for member in members if not member.is_dir()]

    def size(self, path: str) -> int:
        """Bytes of a file, as the archive's directory says."""
        return self._zip.getinfo(path).file_size

    def read(self, path: str, max_bytes: int) -> bytes:
        """A file's content, whose CRC was compared."""
        try:
            with self._zip.open(path) as file:
                content = file.read(max_bytes + 1)
        except _DAMAGES as error:
            raise UserError(f"cannot read {path} in {self.where}: {error}") from None
        return _bounded(content, max_bytes, f"{path} in {self.where}")


def _bounded(content: bytes, max_bytes: int, what: str) -> bytes:
    if len(content) > max_bytes:
        raise UserError(f"expected at most {max_bytes:,} bytes, received more: {what}")
    return content


def _require_inside(name: str, where: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise UserError(
            f"expected an archive whose files lie inside it, received {name!r} in {where}: "
            "it is damaged or hostile"
        )
