"""A device that keeps nothing has a page all the same."""

import socket
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from device_with_page import API, PATIENCE, serving

from plant_device.live.link import Link
from plant_device.live.wire import send
from plant_device.service.settings import Settings
from plant_device.web.app import create_app
from plant_device.web.served import Served


@pytest.fixture
def client(model_path: Path) -> Iterator[httpx.Client]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(ours, {})
        served = Served(Link(theirs), Settings(model=model_path))
        with (
            serving(create_app(served)) as url,
            httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client,
        ):
            yield client


def test_a_picture_is_classified_and_not_kept(
    client: httpx.Client, jpeg: Callable[..., bytes]
) -> None:
    answer = client.post(f"{API}/classify", files={"picture": jpeg(64, 64)})
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.json()["record"] is None


@pytest.mark.parametrize("path", ["records", "records/1", "records/export", "events"])
def test_what_needs_records_says_so(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["detail"] == (
        "expected a device that keeps records: start plant-device run with --store DIR"
    )
    assert client.post(f"{API}/photograph").status_code == HTTPStatus.CONFLICT


def test_a_service_that_is_gone_is_told(model_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        send(ours, {})
        link = Link(theirs)
        ours.close()
        link.wait_for_end()
        with (
            serving(create_app(Served(link, Settings(model=model_path)))) as url,
            httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client,
        ):
            status = client.get(f"{API}/status")
            assert status.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert status.json()["detail"] == "the service is gone"
            health = client.get("/healthz")
            assert (health.status_code, health.json()["ok"]) == (503, False)
            assert client.get(f"{API}/live").text == "retry: 2000\n\n"
