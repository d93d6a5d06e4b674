"""A disk with a whole system, its kernel and its initrd, made once for each set of inputs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from platformdirs import user_cache_path

from virtual_pi.debian import unpack
from virtual_pi.guest_files import add_guest_files
from virtual_pi.initrd import write_initrd
from virtual_pi.modules import keep_only_needed
from virtual_pi.suites import Suite

_DISK = "3G"
_MADE_BY = ("debian.py", "guest_files.py", "image.py", "initrd.py", "modules.py", "suites.py")


@dataclass(frozen=True)
class Image:
    """A folder with what the emulator starts from. Not to be changed."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The root file system, ext4, without partitions."""
        return self.folder / "disk.img"

    @property
    def kernel(self) -> Path:
        """Debian's own."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Loads what the disk needs."""
        return self.folder / "initrd"


def system_image(suite: Suite) -> Image:
    """The bare system: Debian's packages, a camera, a shell for the tests; needs root."""

    def write(folder: Path) -> None:
        image = Image(folder)
        with TemporaryDirectory() as scratch:
            root = Path(scratch) / "root"
            unpack(suite, root)
            keep_only_needed(root)
            add_guest_files(root)
            (kernel,) = (root / "boot").glob("vmlinuz-*")
            shutil.copy(kernel, image.kernel)
            write_initrd(root, image.initrd)
            shutil.rmtree(root / "boot")
            subprocess.run(
                ["mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root), str(image.disk), _DISK],
                check=True,
            )

    here = Path(__file__).parent
    inputs = [(here / name).read_bytes() for name in _MADE_BY]
    return Image(made_once(f"{suite.name}-system", inputs, write))


def made_once(name: str, inputs: list[bytes], write: Callable[[Path], None]) -> Path:
    """The folder that `write` fills, kept in the user's cache as long as the inputs are the same.

    A former one of that name goes: each takes a gigabyte.
    """
    digest = sha256()
    for content in inputs:
        digest.update(sha256(content).digest())
    cache = user_cache_path("plant-edge") / "virtual-pi"
    folder = cache / f"{name}-{digest.hexdigest()[:16]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        for former in cache.glob(f"{name}-*"):
            shutil.rmtree(former)
        unfinished = cache / f"{name}-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        write(unfinished)
        unfinished.rename(folder)
    return folder
