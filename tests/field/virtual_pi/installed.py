"""The system with Plant Edge on it: the bundle that `plant-device bundle` makes, its install.sh."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from virtual_pi.disk_files import copy_sparse, is_sound_after_recovery
from virtual_pi.drives import Forgetful
from virtual_pi.image import Image, made_once, system_image
from virtual_pi.machine import Machine
from virtual_pi.suites import Suite

_CHECKOUT = Path(__file__).parents[3]
# What a bundle is made of.
_SOURCES = ("pyproject.toml", "device/install.sh", "device/systemd", "device/plant_device")


def installed_image(suite: Suite, model: Path) -> Image:
    """The system after `install.sh` has run in it, without a network.

    Its power goes as soon as that says that it is done, cache and all: who has read it may pull the
    plug, and every test of the image starts from what is left.
    """
    system = system_image(suite)

    def write(folder: Path) -> None:
        image = Image(folder)
        for name in ("vmlinuz", "initrd", "disk.img"):
            copy_sparse(system.folder / name, folder / name)
        with TemporaryDirectory() as scratch:
            share = Path(scratch)
            shutil.copytree(made_bundle(suite, model), share / "bundle")
            with Machine(image, Forgetful(image.disk, share), share) as machine:
                machine.done("bash /host/bundle/install.sh --source usb:0")
        assert is_sound_after_recovery(image.disk)

    inputs = [str(system.folder).encode(), Path(__file__).read_bytes(), *_bundle_inputs(model)]
    return Image(made_once(f"{suite.name}-installed", inputs, write))


def made_bundle(suite: Suite, model: Path) -> Path:
    """The folder that is carried to the board; needs a network."""

    def write(folder: Path) -> None:
        subprocess.run(
            [
                *(sys.executable, "-m", "plant_device", "bundle", str(folder / "bundle")),
                *("--target", suite.name, "--model", str(model)),
            ],
            check=True,
        )

    return made_once(f"{suite.name}-bundle", _bundle_inputs(model), write) / "bundle"


def _bundle_inputs(model: Path) -> list[bytes]:
    files = [
        path
        for source in map(_CHECKOUT.joinpath, _SOURCES)
        for path in sorted([source] if source.is_file() else source.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]
    return [path.read_bytes() for path in [*files, model]]
