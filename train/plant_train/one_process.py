"""A lock that one process holds at a time, and that ends with it, however it ends."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError

# NFS locks only what is open for writing, which a folder cannot be (flock(2)); others lock nothing.
_NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.ENOTSUP)


@contextmanager
def one_process(path: Path, does: str) -> Iterator[None]:
    """Hold the lock of `path`: a folder, or a file, which is made where nothing is.

    On a file system that cannot lock it, says so and goes on.

    Args:
        does: what the other process does there, in words: `trains in`.

    Raises:
        UserError: another process holds it, or took `path` away just now.
    """
    refusal = f"another process {does} {path}: wait for it, or stop it"
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(refusal) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            say(f"{path} cannot be locked here: see that no other process {does} it")
        # Who held it may have deleted the path between our opening and our lock.
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(descriptor)):
            raise UserError(refusal)
        yield
    finally:
        os.close(descriptor)
