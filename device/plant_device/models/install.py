"""A model file comes to the device: copied, checked, tried, and only then current."""

import hashlib
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from plant_device.contract.errors import REFUSED, UserError
from plant_device.models.history import Installed
from plant_device.models.shelf import Shelf
from plant_device.models.signature import PublicKey, check_signature, signature_path
from plant_device.models.trial import tried

_LARGEST = 1 << 30
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Demands:
    """What a file must have besides being a sound model that runs here.

    Args:
        sha256: None where nobody said it; what stands in FILE.sha256 counts all the same.
        key: whose signature FILE.minisig must be.
        signed: whether there must be one.
    """

    sha256: str | None = None
    key: PublicKey | None = None
    signed: bool = False


def install(
    file: Path, shelf: Shelf, demands: Demands, keep: int, say: Callable[[str], None]
) -> Installed:
    """Make a model file, which is untrusted, the current model.

    All checks are of the copy that is kept, so that nobody can change the file between them.

    Args:
        keep: so many models stay on the shelf, as `with_new` counts.
        say: told of what is odd, and no reason to refuse the file.

    Raises:
        UserError: it is refused; nothing has changed then.
        OSError: it cannot be read, or the shelf not written; nothing has changed then.
    """
    with shelf.incoming() as copy:
        size, sha256 = _copied(file, copy)
        for said_by, expected in _sums(file, demands):
            if expected != sha256:
                raise UserError(
                    f"{file} is not the file that {said_by} means: expected sha256 "
                    f"{expected[:12]}…, received {sha256[:12]}…; copy it again",
                    REFUSED,
                )
        signed_by = _signer(file, copy, demands, say)
        answer = tried(copy, str(file))
        if answer.note:
            say(answer.note)
        model = Installed(
            sha256=sha256,
            name=answer.name,
            version=answer.version,
            bytes=size,
            installed_at=datetime.now(timezone.utc),
            signed_by=signed_by,
        )
        shelf.put(copy, model, keep)
    return model


def _copied(file: Path, copy: Path) -> tuple[int, str]:
    """Copy a file; its size, and the sha256 of the copy."""
    expected = _size_of_file(file)
    total, size = hashlib.sha256(), 0
    with file.open("rb") as reader, copy.open("wb") as writer:
        while size < expected and (part := _read(reader, file)):
            total.update(part)
            size += len(part)
            _write(writer, part, copy.parent.parent)
    return size, total.hexdigest()


def _size_of_file(file: Path) -> int:
    try:
        status = file.stat()
    except FileNotFoundError:
        raise UserError(f"expected a model file at {file}, received: no such file") from None
    if not stat.S_ISREG(status.st_mode):
        # To open a pipe would be to wait for it.
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "something that is no file"
        raise UserError(f"expected a model file, received {what}: {file}")
    if status.st_size > _LARGEST:
        raise UserError(f"expected a model file of at most 1 GiB, received a larger one: {file}")
    return status.st_size


def _read(reader: IO[bytes], file: Path) -> bytes:
    try:
        return reader.read(1 << 20)
    except OSError as error:
        # Failed reads and writes name no file: a stick that was pulled out is not a full disk.
        raise OSError(error.errno, error.strerror, str(file)) from None


def _write(writer: IO[bytes], part: bytes, folder: Path) -> None:
    try:
        writer.write(part)
        writer.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def _sums(file: Path, demands: Demands) -> list[tuple[str, str]]:
    """Each sum that somebody said, in lower case, with who did."""
    said = [("--sha256", demands.sha256.lower())] if demands.sha256 else []
    beside = file.with_name(f"{file.name}.sha256")
    if beside.is_file():
        with beside.open(errors="replace") as reader:
            words = reader.read(4096).split()
        said.append((beside.name, words[0].lower() if words else ""))
    for said_by, value in said:
        if not _SHA256.fullmatch(value):
            raise UserError(
                f"expected 64 hexadecimal digits, as sha256sum writes them, in {said_by}, "
                f"received: {value[:80]}"
            )
    return said


def _signer(file: Path, copy: Path, demands: Demands, say: Callable[[str], None]) -> str | None:
    """Whose signature the file has, after a check; None where nobody's is asked for."""
    beside, key = signature_path(file), demands.key
    if not beside.is_file():
        if demands.signed:
            raise UserError(
                f"expected a signature beside {file}: no {beside.name} is there", REFUSED
            )
        if key:
            say(f"note: {file} is not signed")
        return None
    if key is None:
        say(f"note: {beside.name} is not checked: --key says whose it must be")
        return None
    check_signature(copy, file, key)
    return key.name
