"""What a disk that fails is made of."""

import os
import shutil

import pytest

_PROGRAMS = {"mke2fs": "e2fsprogs", "nbdkit": "nbdkit", "nbdfuse": "libnbd-bin"}


@pytest.fixture(scope="session", autouse=True)
def _what_it_needs() -> None:
    """A disk of this machine: no board."""
    missing = [package for program, package in _PROGRAMS.items() if not shutil.which(program)]
    if missing:
        pytest.skip(f"apt install {' '.join(missing)}")
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk")
