"""Requests that are too large or too slow, on real sockets."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from device_with_page import PATIENCE, serving
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from plant_device.web.limits import requests
from plant_device.web.limits.requests import BoundedRequests


async def _slow(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that needs longer for its answer than a body may take."""
    await asyncio.sleep(2 * requests._SECONDS)
    answer = FileResponse(__file__) if scope["path"] == "/file" else _length
    await answer(scope, receive, send)


async def _length(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that tells how much it was sent; at /early without having read it."""
    request = Request(scope, receive)
    body = b"" if scope["path"] == "/early" else await request.body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(requests, "_SECONDS", 1.0)
    with serving(BoundedRequests(_length, {"/upload": 5_000_000})) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
        yield client


def _pieces(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield bytes(100_000)


def test_bodies_within_the_limit_pass(client: httpx.Client) -> None:
    assert client.post("/", content=bytes(64 << 10)).text == str(64 << 10)
    assert client.post("/upload", content=bytes(5_000_000)).text == "5000000"
    assert client.post("/upload", content=_pieces(50)).text == "5000000"
    assert client.get("/").text == "0"


def test_a_head_that_is_too_large_is_refused(client: httpx.Client) -> None:
    assert client.get("/", headers={"a": "b" * 20_000}).status_code == 431
    assert client.get(f"/?{'a' * 20_000}").status_code == 431


def test_one_that_says_to_be_too_large_is_refused_before_it_is_read(client: httpx.Client) -> None:
    answer = client.post("/upload", content=bytes(5_000_001))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "expected at most 5,000,000 bytes, received more"
    assert client.post("/", content=bytes(70_000)).status_code == 413


def test_one_that_turns_out_too_large_is_refused(client: httpx.Client) -> None:
    assert client.post("/upload", content=_pieces(60)).status_code == 413


def test_an_answer_that_does_not_wait_for_the_body_arrives(client: httpx.Client) -> None:
    assert client.post("/early", content=bytes(60_000)).text == "0"


@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_one_that_does_not_come_is_waited_for_no_longer(url: str, head: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), PATIENCE) as connected:
        connected.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        answer = b""
        while piece := connected.recv(10_000):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"expected 100 KB a second" in answer


def test_an_answer_may_take_longer_than_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_SECONDS", 0.2)
    with (
        serving(BoundedRequests(_slow, {})) as url,
        httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client,
    ):
        assert client.get("/file").text == Path(__file__).read_text()
        # A body that is there before the app asks for it, which nobody waited for.
        assert client.request("GET", "/file", content=b"a body").status_code == 200
        assert client.post("/", content=bytes(1000)).text == "1000"
