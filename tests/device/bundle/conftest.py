"""Bundles small enough to be installed by the real install.sh in seconds."""

import platform
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import plant_device
from plant_device.bundle.folder import complete_bundle
from plant_device.bundle.targets import Target

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
WriteBundle = Callable[..., Path]


@pytest.fixture(scope="session")
def here() -> Target:
    """This very machine; any C library that Python runs with is new enough."""
    return Target("the tests' machine", VERSION, 17, "device.txt")


@pytest.fixture(scope="session")
def pip_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pip that comes with this Python."""
    program = "import ensurepip; print(*ensurepip.__path__)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    folders = [*told.stdout.split(), "/usr/share/python-wheels"]
    found = [path for folder in folders for path in Path(folder).rglob("pip-*.whl")]
    if not found:
        pytest.skip("this Python came without pip")
    return found[0]


@pytest.fixture
def write_bundle(tmp_path: Path, pip_wheel: Path, model_path: Path, here: Target) -> WriteBundle:
    """Writes a bundle whose only package borrows the rest from these tests' Python."""

    def write(target: Target = here, machine: str = platform.machine()) -> Path:
        folder = tmp_path / "bundle"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        (wheels / pip_wheel.name).write_bytes(pip_wheel.read_bytes())
        _write_borrowing_wheel(wheels)
        complete_bundle(folder, target, machine, model_path)  # type: ignore[arg-type]
        return folder

    return write


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
