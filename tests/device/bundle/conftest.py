"""Bundles small enough to be installed by the real install.sh in seconds."""

import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from small_bundle import HERE, own_pip, write_small_bundle

from plant_device.bundle.targets import Target

WriteBundle = Callable[..., Path]


@pytest.fixture(scope="session")
def here() -> Target:
    """This very machine."""
    return HERE


@pytest.fixture(scope="session")
def pip_wheel() -> Path:
    """The pip that comes with this Python."""
    found = own_pip()
    if found is None:
        pytest.skip("this Python came without pip")
    return found


@pytest.fixture
def write_bundle(tmp_path: Path, pip_wheel: Path, model_path: Path, here: Target) -> WriteBundle:
    """Writes a bundle whose only package borrows the rest from these tests' Python."""

    def write(target: Target = here, machine: str = platform.machine()) -> Path:
        return write_small_bundle(tmp_path / "bundle", pip_wheel, model_path, target, machine)

    return write
