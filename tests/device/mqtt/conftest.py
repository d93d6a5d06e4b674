"""A real broker, a store, and the real publisher between them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
from kept import LINE, MOMENT

from plant_device.store.store import Store

if find_spec("paho") is None:
    collect_ignore_glob = ["test_[!s]*"]
else:
    from device_service import Service
    from mosquitto import PROGRAM, Mosquitto, Subscriber


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three records."""
    folder = tmp_path / "store"
    with Store(folder) as opened:
        for _ in range(3):
            opened.keep(None, LINE, "a" * 64, MOMENT)
    return folder


@pytest.fixture
def at_end() -> Iterator[ExitStack]:
    """What is to be ended with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start_broker(tmp_path: Path, at_end: ExitStack) -> Callable[..., "Mosquitto"]:
    """Starts a broker with the given lines in its settings. Skips where there is none."""
    if PROGRAM is None:
        pytest.skip("needs mosquitto")

    def start(*lines: str) -> "Mosquitto":
        folder = tmp_path / "broker"
        folder.mkdir(exist_ok=True)
        broker = Mosquitto.of_lines(folder, *lines)
        at_end.callback(broker.stop)
        return broker.start()

    return start


@pytest.fixture
def broker(start_broker: Callable[..., "Mosquitto"]) -> "Mosquitto":
    """One that lets everybody in."""
    return start_broker()


@pytest.fixture
def subscriber(broker: "Mosquitto", at_end: ExitStack) -> "Subscriber":
    """Hears all that is published."""
    heard = Subscriber(broker.port)
    at_end.callback(heard.close)
    return heard


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A folder with an authority, and a certificate of it for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path / "tls"
    folder.mkdir()

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], check=True, capture_output=True)

    new = ("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other"):
        run(
            *new, "-x509", "-subj", f"/CN={name}", "-days", 2,
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
        )  # fmt: skip
    run(
        *new, "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", folder / "broker.key", "-out", folder / "broker.csr",
    )  # fmt: skip
    run(
        "openssl", "x509", "-req", "-in", folder / "broker.csr", "-days", 2, "-copy_extensions",
        "copy", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
        "-out", folder / "broker.pem",
    )  # fmt: skip
    return folder


@pytest.fixture
def publish(at_end: ExitStack) -> Callable[..., "Service"]:
    """Starts the publisher's process of a store: `publish(store, port, user=…)`."""

    def start(folder: Path, port: int, **settings: object) -> "Service":
        given = {"broker": f"127.0.0.1:{port}", "name": "barn", **settings}
        service = Service(folder, given)
        at_end.callback(service.stop)
        return service.start()

    return start
