"""What systemd would hear of a real `plant-device run`, by a real socket."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plant_device.service.watchdog import ServiceReport

# Each step is told, however soon after the one before.
EACH_STEP = "1"


class Listener:
    """Stands where systemd does, at the other end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(address)
        self.channel.settimeout(60)

    def hear(self) -> list[str]:
        """The lines of the next datagram."""
        return self.channel.recv(1 << 16).decode().split("\n")

    def hear_all(self) -> list[list[str]]:
        """What has come so far."""
        heard = []
        while select.select([self.channel], [], [], 0)[0]:
            heard.append(self.hear())
        return heard


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(str(tmp_path / "notify"))
    yield listener
    listener.channel.close()


@contextmanager
def _service(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> Iterator[subprocess.Popen[str]]:
    """A process as systemd starts it; it is killed in the end if it is still there."""
    systemd = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": EACH_STEP}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **systemd},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_service_is_ready_gets_on_says_what_it_does_and_ends_in_order(
    device_command: list[str],
    environment: dict[str, str],
    model_path: Path,
    tmp_path: Path,
    listener: Listener,
) -> None:
    store = tmp_path / "records"
    command = [*device_command, "run", "--model", str(model_path), "--source", "synthetic:live"]
    with _service([*command, "--store", str(store)], environment, tmp_path) as process:
        assert listener.hear() == ["READY=1", "STATUS=camera opening, 0 frames, 0 dropped"]
        heard = [listener.hear() for _ in range(8)]
        assert all(lines[0] == "WATCHDOG=1" for lines in heard)
        while not heard[-1][1].startswith("STATUS=camera running, 9 frames, "):
            heard.append(listener.hear())
        process.send_signal(signal.SIGTERM)
        while heard[-1] != ["STOPPING=1"]:
            heard.append(listener.hear())
        # Nothing reads its output: it must not need that in order to end.
        _, told = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Traceback" not in told
    assert f"kept in {store}" in told.splitlines()[-1]


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("/dev/video987", "unavailable"),
        ("/dev/video987", "reopening"),
        ("synthetic:live,hang@0", "stalled"),
        ("synthetic:live,die@0", "unavailable"),
        # It gives no more frames, and nobody knows that yet.
        ("synthetic:live,hang@3", "running"),
    ],
)
def test_a_camera_that_is_away_does_not_have_the_service_restarted(
    device_command: list[str],
    environment: dict[str, str],
    model_path: Path,
    tmp_path: Path,
    listener: Listener,
    source: str,
    state: str,
) -> None:
    settings = tmp_path / "settings.toml"
    opening = 0.2 if state == "stalled" else 10
    settings.write_text(
        f'model = "{model_path}"\nsource = "{source}"\n[camera]\nopening = {opening}\n'
    )
    command = [*device_command, "run", "--config", str(settings)]
    with _service(command, environment, tmp_path):
        assert listener.hear()[0] == "READY=1"
        fed: Counter[str] = Counter()
        # The same count of frames each time: none has come.
        while max((fed[told] for told in fed if told.startswith(f"camera {state}")), default=0) < 3:
            word, status = listener.hear()
            assert word == "WATCHDOG=1"
            fed[re.sub(r"^STATUS=(.*), \d+ dropped$", r"\1", status)] += 1
            assert fed.total() < 1000


HANGING = """
import sys
from pathlib import Path
from plant_device.service import run
from plant_device.service.adjustments import Adjustments
from plant_device.service.settings import Settings

class Hanging:
    sha256 = "0" * 64
    def classify(self, picture):
        print("hangs", flush=True)
        sys.stdin.read()

run.open_classifier = lambda *arguments: Hanging()
settings = Settings(model=Path("none"), source="synthetic:live")
run.run_device(Adjustments(settings, (), None), frame_limit=None, sheet=None, as_json=False)
"""


def test_a_classifier_that_hangs_does_not_feed_the_watchdog(
    environment: dict[str, str], tmp_path: Path, listener: Listener
) -> None:
    with _service([sys.executable, "-c", HANGING], environment, tmp_path) as process:
        assert listener.hear()[0] == "READY=1"
        assert process.stdout
        assert process.stdout.readline() == "hangs\n"
        assert listener.hear_all()
        # Many times what a camera is waited for without a word.
        assert select.select([listener.channel], [], [], 3) == ([], [], [])


def test_abstract_names_are_understood() -> None:
    name = f"plant-edge-{os.getpid()}"
    listener = Listener(f"\0{name}")
    ServiceReport(lambda: "in\ntwo lines", {"NOTIFY_SOCKET": f"@{name}"}).ready()
    assert listener.hear_all() == [["READY=1", "STATUS=in two lines"]]
    listener.channel.close()


@pytest.mark.parametrize(
    "step", [ServiceReport.ready, ServiceReport.progress, ServiceReport.stopping]
)
@pytest.mark.parametrize("name", [None, "", "vsock:2:1", "/nobody/is/there"])
def test_where_nobody_listens_the_work_goes_on(
    step: Callable[[ServiceReport], None], name: str | None
) -> None:
    environment = {} if name is None else {"NOTIFY_SOCKET": name}
    step(ServiceReport(lambda: "at work", {**environment, "WATCHDOG_USEC": EACH_STEP}))


@pytest.mark.parametrize(
    ("watchdog", "steps_told"),
    [
        # One step is told, the others are too soon after it.
        ({"WATCHDOG_USEC": "3600000000"}, [["WATCHDOG=1", "STATUS=at work"]]),
        ({}, [["STATUS=at work"]]),
        ({"WATCHDOG_USEC": EACH_STEP, "WATCHDOG_PID": "1"}, [["STATUS=at work"]]),
    ],
)
def test_a_watchdog_is_fed_as_often_as_it_asks_and_only_where_there_is_one(
    tmp_path: Path, listener: Listener, watchdog: dict[str, str], steps_told: list[list[str]]
) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), **watchdog}
    report = ServiceReport(lambda: "at work", environment)
    for _ in range(10):
        report.progress()
    assert listener.hear_all() == steps_told
