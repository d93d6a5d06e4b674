"""What the trials of cameras share."""

import random
import shutil
import sys

import pytest
from rtsp_server import rtsp_server_is_there

_PROGRAMS = {"ffmpeg": "ffmpeg", "gst-launch-1.0": "gstreamer1.0-tools"}


@pytest.fixture(scope="session", autouse=True)
def _what_it_needs() -> None:
    """Cameras of this machine: no board, and no root."""
    missing = [package for program, package in _PROGRAMS.items() if not shutil.which(program)]
    missing += [] if rtsp_server_is_there() else ["gir1.2-gst-rtsp-server-1.0"]
    if missing:
        pytest.skip(f"apt install {' '.join(missing)}")


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> int:
    """How often each camera fails."""
    return int(request.config.getoption("--faults"))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Which faults, when and for how long; the seed is told."""
    given = request.config.getoption("--seed")
    seed = random.randrange(1 << 32) if given is None else given
    print(f"{request.node.name}: --seed {seed}", file=sys.stderr)
    return random.Random(seed)
