"""A bundle small enough to be installed by the real install.sh in seconds."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import cast

import plant_device
from plant_device.bundle.folder import complete_bundle
from plant_device.bundle.targets import Machine, Target

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# This very machine; any C library that Python runs with is new enough.
HERE = Target("the tests' machine", VERSION, 17, "device.txt")


def own_pip() -> Path | None:
    """The wheel of the pip that comes with this Python, if there is one."""
    program = "import ensurepip; print(*ensurepip.__path__)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    folders = [*told.stdout.split(), "/usr/share/python-wheels"]
    return next((path for folder in folders for path in Path(folder).rglob("pip-*.whl")), None)


def write_small_bundle(folder: Path, pip: Path, model: Path, target: Target, machine: str) -> Path:
    """Write a bundle whose only package borrows the rest from these tests' Python."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    (wheels / pip.name).write_bytes(pip.read_bytes())
    _write_borrowing_wheel(wheels)
    complete_bundle(folder, target, cast("Machine", machine), model)
    return folder


def _write_borrowing_wheel(folder: Path) -> None:
    """`plant-edge` with its real command, and a path to where the rest of it is."""
    places = [str(Path(plant_device.__file__).parents[1]), sysconfig.get_paths()["purelib"]]
    name = "plant_edge-0.1.0.dist-info"
    content = {
        "borrowed.pth": "\n".join(places),
        f"{name}/METADATA": "Metadata-Version: 2.1\nName: plant-edge\nVersion: 0.1.0\n",
        f"{name}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}/entry_points.txt": (
            "[console_scripts]\nplant-device = plant_device.__main__:main\n"
        ),
        f"{name}/RECORD": "",
    }
    with zipfile.ZipFile(folder / "plant_edge-0.1.0-py3-none-any.whl", "w") as wheel:
        for path, text in content.items():
            wheel.writestr(path, text)
