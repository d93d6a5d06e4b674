"""What an installed copy would lack: setuptools leaves out files that nobody named."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomllib

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "package", ["device/plant_device", "train/plant_train", "convert/plant_convert"]
)
def test_every_file_that_is_no_module_is_named_as_package_data(package: str) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folder = ROOT / package
    patterns = settings["package-data"].get(folder.name, [])
    packaged = {path for pattern in patterns for path in folder.glob(pattern)}
    files = {
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert files - packaged == set()
