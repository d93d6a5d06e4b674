"""A folder for one command's temporary files, which not even a kill leaves for good.

Whoever works in it holds its lock, and the kernel takes that back however the holder ends
(flock(2)). So a folder that can be locked is of a command that was killed, and the next one
removes it.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "plant-convert-scratch-"


def new_scratch() -> Path:
    """An empty folder of this process, and of those that it forks, until the last of them ends.

    In the folder for temporary files (TMPDIR), where those of killed commands are removed. On a
    file system that locks nothing, theirs stay.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _remove_if_abandoned(left)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with suppress(FileNotFoundError):
            # Stays open: the lock is to end with the process.
            descriptor = os.open(folder, os.O_RDONLY)
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another command may have taken it for abandoned before it was locked.
            if folder.exists():
                return folder
            os.close(descriptor)


def _remove_if_abandoned(folder: Path) -> None:
    # Another user's folder cannot be opened, one that is worked in not be locked.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
