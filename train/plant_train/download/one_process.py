"""A lock that one process holds at a time, and that ends with it, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plant_device.contract.errors import UserError


@contextmanager
def one_process(path: Path) -> Iterator[None]:
    """Hold the lock of the file `path`, which is made where it is missing.

    Raises:
        UserError: another process holds it.
    """
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"another process is downloading to {path}: wait for it, or stop it"
            ) from None
        yield
