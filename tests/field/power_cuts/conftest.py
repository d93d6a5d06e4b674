"""What is cut: a board of each test's own, at work."""

import random
from pathlib import Path

import pytest
from tiny_model import tiny_model
from virtual_pi.disk_files import put_file
from virtual_pi.image import Image
from virtual_pi.recording import STATE

from plant_device.service.settings import QualitySettings, Settings, StoreSettings, as_toml
from power_cuts.host_disk import new_disk


@pytest.fixture
def cuts(request: pytest.FixtureRequest) -> int:
    """How often the power goes."""
    return int(request.config.getoption("--cuts"))


@pytest.fixture
def chance() -> random.Random:
    """The moments of the cuts; a test that fails shows the seed."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """An empty one, for this machine's kernel."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return new_disk(folder / "disk.img")


@pytest.fixture
def forgiving(own_disk: Image) -> Image:
    """A board whose service takes every frame for a leaf."""
    put_file(own_disk.disk, "/etc/plant-edge/settings.toml", _every_frame_is_a_leaf().encode())
    return own_disk


@pytest.fixture
def models(share: Path) -> Path:
    """What a machine sees as /host, with models of the versions 1 to 199 in it."""
    for number in range(1, 200):
        (share / f"{number}.tflite").write_bytes(tiny_model(str(number)))
    return share


def _every_frame_is_a_leaf() -> str:
    anything = QualitySettings(min_bright_end=0, max_clipped=1, min_sharpness=0, min_leaf_share=0)
    settings = Settings(
        model=Path(f"{STATE}/models"),
        source="usb:0",
        store=StoreSettings(folder=Path(f"{STATE}/records")),
        quality=anything,
    )
    return as_toml(settings)
