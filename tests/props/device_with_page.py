"""Real devices with a page: the service's process, its server's process, a store on the disk."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx
import uvicorn
from kept import LINE
from starlette.types import ASGIApp

from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.web.limits.connection import BoundedConnection

API = "/api/v1"
NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
# An event that is waited for either comes or the test has failed; how long it takes is no matter.
PATIENCE = 120.0
# Small and slow: several such devices stand beside the tests for all of their time.
CAMERA = "synthetic:live#size=320x240&fps=4"


def until(true: Callable[[], bool]) -> None:
    """Ask again and again, until it is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end


@dataclass(frozen=True)
class Device:
    """A running `plant-device run --web`."""

    url: str
    store: Path
    said: list[str]
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, address: str = "127.0.0.1", **options: object) -> httpx.Client:
        """One that comes from an address of this machine."""
        transport = httpx.HTTPTransport(local_address=address, verify=False)
        return httpx.Client(
            base_url=self.url,
            transport=transport,
            timeout=PATIENCE,
            trust_env=False,
            **options,  # type: ignore[arg-type]
        )

    def token(self) -> str:
        """What `plant-device token` shows."""
        shown = subprocess.run(
            [sys.executable, "-m", "plant_device", "token", "--store", str(self.store)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search("^token: (.*)$", shown, re.MULTILINE)
        assert found
        return found[1]


@contextmanager
def running(model: Path, store: Path, listen: str, *options: str) -> Iterator[Device]:
    """Start a device, wait until its page is there, and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "plant_device", "run", "--model", str(model), "--source",
         CAMERA, "--store", str(store), "--web", listen, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        said: list[str] = []
        pages: Queue[str] = Queue()

        def read() -> None:
            assert process.stderr
            for line in process.stderr:
                said.append(line)
                if line.startswith("page: "):
                    pages.put(line)
            pages.put("")

        reader = Thread(target=read)
        reader.start()
        try:
            found = re.search(r"(https?)://[^ ]*:(\d+)", pages.get(timeout=PATIENCE))
            assert found, said
            yield Device(f"{found[1]}://127.0.0.1:{found[2]}", store, said, process)
        finally:
            process.terminate()
            process.wait()
            reader.join()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """An app on a real socket, behind the connections that a device has; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=BoundedConnection, ws="none", lifespan="off", log_config=None
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@dataclass(frozen=True)
class Kept:
    """A store's own server, beside which no service keeps records."""

    client: httpx.Client
    folder: Path


def line(label: str = "Tomato___healthy", decision: str = "healthy") -> ClassifiedLine:
    """What a picture was taken for."""
    changes = {
        "label": label,
        "decision": decision,
        "top": [TopEntry(label=label, probability=0.93)],
    }
    return ClassifiedLine.model_validate({**LINE.model_dump(), **changes})
