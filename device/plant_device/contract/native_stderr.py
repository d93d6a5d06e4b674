"""Native libraries write greetings to stderr that no setting silences; this does."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


@contextmanager
def native_stderr_aside() -> Iterator[BinaryIO]:
    """Keep what is written to file descriptor 2 aside, Python's own writes included.

    For calls whose failures are raised as exceptions, so that nothing is lost with it; or whose
    warnings are read from the file that is yielded, from its start.
    """
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield aside
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
