"""A wheel of this very program, however it was installed here."""

import base64
import hashlib
import shutil
import tempfile
import zipfile
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

import plant_device
from plant_device.bundle.pip import run_pip

NAME = "plant-edge"
# All that a build reads. Not the checkout itself: a build leaves folders there, and takes modules
# that have since been deleted from those of the build before.
_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "device", "train", "convert")
_MADE_BY_INSTALLING = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}


def write_own_wheel(folder: Path) -> Path:
    """Build it from the checkout that this module is in, or pack it from what was installed.

    Returns:
        Its path in `folder`.

    Raises:
        UserError: it cannot be built.
    """
    package = Path(plant_device.__file__).parent
    checkout = package.parents[1]
    if (checkout / "pyproject.toml").is_file():
        return _built(checkout, folder)
    # Beside this module: a checkout that Python is started in has another of the name.
    [installed] = distributions(name=NAME, path=[str(package.parent)])
    return _packed(installed, folder)


def _built(checkout: Path, folder: Path) -> Path:
    with tempfile.TemporaryDirectory() as scratch:
        for name in _SOURCES:
            source, copy = checkout / name, Path(scratch, name)
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy(source, copy)
        run_pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), scratch)
    return next(folder.glob("plant_edge-*.whl"))


def _packed(installed: Distribution, folder: Path) -> Path:
    """The files that pip unpacked, as a wheel again (the binary distribution format)."""
    path = folder / f"plant_edge-{installed.version}-py3-none-any.whl"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in sorted(installed.files or ()):
            if _was_in_the_wheel(file):
                content = Path(str(installed.locate_file(file))).read_bytes()
                wheel.writestr(str(file), content)
                record.append(f"{file},sha256={_urlsafe(content)},{len(content)}")
        name = f"plant_edge-{installed.version}.dist-info/RECORD"
        wheel.writestr(name, "\n".join([*record, f"{name},,", ""]))
    return path


def _was_in_the_wheel(file: PurePosixPath) -> bool:
    if file.parts[0] == ".." or file.suffix == ".pyc":
        return False
    in_metadata = file.parent.name.endswith(".dist-info")
    return not (in_metadata and file.name in _MADE_BY_INSTALLING)


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
