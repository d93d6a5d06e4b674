"""What the tests of page and API share."""

import io
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from device_with_page import NOON, PATIENCE, Device, Kept, line, running, serving
from PIL import Image

from plant_device.live.link import Link
from plant_device.live.wire import send
from plant_device.service.settings import Settings
from plant_device.store.clock import Moment
from plant_device.store.place.place import Place
from plant_device.store.store import Store
from plant_device.web.app import create_app
from plant_device.web.served import Served


@pytest.fixture(scope="session")
def device(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device whose page only this machine reaches: no token is needed."""
    with running(model_path, tmp_path_factory.mktemp("open") / "store", "127.0.0.1:0") as started:
        yield started


@pytest.fixture(scope="session")
def guarded(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device whose page the network reaches: a token is needed."""
    with running(model_path, tmp_path_factory.mktemp("guarded") / "store", "0.0.0.0:0") as started:
        yield started


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Twelve records, 90 minutes apart, served; the other end of the server's link is silent."""
    folder = tmp_path / "store"
    picture = np.full((480, 640, 3), 90, np.uint8)
    labels = ["Tomato___healthy", "Apple___scab", "Tomato___Late_blight"]
    with Store(folder) as store:
        for index in range(12):
            label = labels[index % 3]
            decision = "healthy" if label.endswith("healthy") else "disease"
            moment = Moment(NOON + timedelta(minutes=90 * index), 1000.0 + index, "boot", True)
            place = Place(52.0, 11.0 + index, "fixed") if index % 2 else None
            store.keep(picture if index else None, line(label, decision), "a" * 64, moment, place)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(ours, {})
        settings = Settings.model_validate({"store": {"folder": folder, "keep_free_mb": 0}})
        with (
            serving(create_app(Served(Link(theirs), settings))) as url,
            httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client,
        ):
            yield Kept(client, folder)


@pytest.fixture(scope="session")
def jpeg() -> Callable[..., bytes]:
    """A JPEG file of so many pixels, with some detail in it."""

    def make(width: int, height: int, orientation: int | None = None) -> bytes:
        ramp = np.linspace(0, 255, width, dtype=np.uint8)
        picture = np.broadcast_to(ramp[np.newaxis, :, np.newaxis], (height, width, 3))
        content = io.BytesIO()
        exif = Image.Exif()
        if orientation:
            exif[0x0112] = orientation
        Image.fromarray(np.ascontiguousarray(picture)).save(content, "JPEG", exif=exif)
        return content.getvalue()

    return make
