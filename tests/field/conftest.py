"""What the field's tests share: a model file, and an emulated board that has it installed."""

import os
import shutil
from pathlib import Path

import pytest
from tiny_model import tiny_model
from virtual_pi.disk_files import copy_sparse
from virtual_pi.image import Image
from virtual_pi.installed import installed_image
from virtual_pi.recording import record_at_full_rate
from virtual_pi.suites import SUITES

_PROGRAMS = {
    "qemu-system-aarch64": "qemu-system-arm",
    "mmdebstrap": "mmdebstrap",
    "depmod": "kmod",
    "cpio": "cpio",
    "debugfs": "e2fsprogs",
    "nbdkit": "nbdkit",
    "qemu-io": "qemu-utils",
    "qemu-storage-daemon": "qemu-system-common",
}


@pytest.fixture(scope="session", autouse=True)
def _what_it_needs() -> None:
    """Skips where a system cannot be put together."""
    missing = [package for program, package in _PROGRAMS.items() if not shutil.which(program)]
    if missing:
        pytest.skip(f"apt install {' '.join(missing)}")
    if os.getuid() != 0:
        pytest.skip("only root can unpack a system's files as root's")


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of a few kilobytes."""
    path = tmp_path_factory.mktemp("model") / "tiny.tflite"
    path.write_bytes(tiny_model())
    return path


@pytest.fixture(scope="session")
def bookworm(tiny_model_path: Path) -> Image:
    """Debian 12 with Plant Edge installed from a bundle."""
    return installed_image(SUITES["bookworm"], tiny_model_path)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A folder that a machine sees as /host, as its service's user does too."""
    folder = tmp_path / "share"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.fixture
def own_disk(bookworm: Image, tmp_path: Path) -> Image:
    """A board of the test's own."""
    folder = tmp_path / "board"
    folder.mkdir()
    for path in (bookworm.kernel, bookworm.initrd, bookworm.disk):
        copy_sparse(path, folder / path.name)
    return Image(folder)


@pytest.fixture
def recording(own_disk: Image) -> Image:
    """A board whose service keeps records as fast as it can."""
    record_at_full_rate(own_disk.disk)
    return own_disk
