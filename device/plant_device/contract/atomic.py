"""Files that appear whole or not at all: temporary name, fsync, rename."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".partial-"


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; it takes the target's name at a clean end.

    On an exception the temporary file is removed and the target stays as it was.
    A process killed while it writes leaves a hidden `.partial-PID-NAME`, which the
    next write of the same target removes. The ending is kept: writers go by it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    temporary = target.with_name(f"{_PREFIX}{os.getpid()}-{target.name}")
    try:
        yield temporary
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    except OSError as error:
        # Failed writes name no file ("No space left on device"), or the temporary one.
        raise OSError(error.errno, error.strerror or str(error), str(target)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(target: Path, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) to `target`, whole or not at all."""
    with atomic_path(target) as temporary:
        write_bytes(temporary, content.encode() if isinstance(content, str) else content)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, not atomically; an error tells how many bytes it was to have."""
    try:
        path.write_bytes(content)
    except OSError as error:
        reason = f"{error.strerror} for {len(content):,} bytes"
        raise OSError(error.errno, reason, str(path)) from error


def write_privately(target: Path, content: str, mode: int = 0o600) -> None:
    """Write a secret whole or not at all; nobody but this user can read it, or who `mode` says."""
    with atomic_path(target) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)


def is_leftover(path: Path) -> bool:
    """Whether the file is what a write leaves that was killed."""
    return path.name.startswith(_PREFIX)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(target: Path) -> None:
    """Delete what killed processes left of the target beside it."""
    for leftover in target.parent.glob(f"{_PREFIX}*"):
        pid, _, name = leftover.name.removeprefix(_PREFIX).partition("-")
        if name == target.name and pid.isdigit() and not is_running(int(pid)):
            with suppress(OSError):
                leftover.unlink()


def is_running(pid: int) -> bool:
    """Whether there is a process of that number on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
