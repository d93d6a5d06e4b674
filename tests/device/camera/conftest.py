import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence

import pytest

Start = Callable[[Sequence[str]], subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts programs of Debian's packages, and ends them after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start_program(command: Sequence[str]) -> subprocess.Popen[bytes]:
        _require_program(command[0])
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        running.append(process)
        return process

    yield start_program
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


@pytest.fixture
def gst_launch() -> None:
    """Skip, and say so, where GStreamer's program is not installed."""
    _require_program("gst-launch-1.0")


def _require_program(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
