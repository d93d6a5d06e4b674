"""The kernel's lock on a file or a folder (flock(2)): it ends with the process that holds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold what is there, alone.

    Args:
        wait: until nobody else holds it.

    Raises:
        BlockingIOError: somebody else holds it, and one does not wait.
        OSError: it cannot be opened or locked.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
