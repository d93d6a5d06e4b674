"""Connections that are held: on real sockets, with the limits of a device made short."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any, cast

import httpx
import pytest
from device_with_page import PATIENCE, serving
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from plant_device.web.limits import connection
from plant_device.web.limits.connection import BoundedConnection, superfluous


class _Sender:
    """An app that sends without end, and tells when it was stopped."""

    def __init__(self) -> None:
        self.stopped = Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/short":
            await send({"type": "http.response.body", "body": b"done"})
            return
        try:
            while (await _sent(send, receive)) != "http.disconnect":
                pass
        finally:
            self.stopped.set()


async def _sent(send: Send, receive: Receive) -> str:
    await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
    try:
        message = await asyncio.wait_for(receive(), 0.001)
    except asyncio.TimeoutError:
        return ""
    return str(message["type"]) if message["type"] == "http.disconnect" else ""


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> _Sender:
    """With a tenth of the patience that a device has."""
    monkeypatch.setattr(connection, "_HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connection, "_STUCK_SECONDS", 1.0)
    return _Sender()


@pytest.fixture
def url(sender: _Sender) -> Iterator[str]:
    with serving(sender) as address:
        yield address


def _connected(url: str, address: str = "127.0.0.1") -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), PATIENCE, (address, 0))


def _is_ended(connected: socket.socket) -> bool:
    try:
        return connected.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET /short HTTP/1.1\r\nHost: x\r\nA: b"])
def test_who_does_not_say_a_whole_request_is_left(url: str, said: bytes) -> None:
    with _connected(url) as connected:
        connected.sendall(said)
        assert _is_ended(connected)


def test_a_second_request_may_take_no_longer_than_the_first(url: str) -> None:
    with _connected(url) as connected:
        connected.sendall(b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"0\r\n\r\n"):
            answer += connected.recv(1000)
        connected.sendall(b"GET /short HTTP/1.1\r\n")
        assert _is_ended(connected)


def test_a_reader_that_reads_nothing_is_cut_off(url: str, sender: _Sender) -> None:
    with _connected(url) as connected:
        connected.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sender.stopped.wait(PATIENCE)


def test_a_hundred_idle_connections_do_not_keep_anyone_out(url: str) -> None:
    idle = [_connected(url, "127.0.0.2") for _ in range(100)]
    try:
        for address in ("127.0.0.1", "127.0.0.2"):
            transport = httpx.HTTPTransport(local_address=address)
            with httpx.Client(base_url=url, transport=transport, timeout=PATIENCE) as client:
                assert client.get("/short").text == "done"
        assert all(map(_is_ended, idle))
    finally:
        for connected in idle:
            connected.close()


class _Stub:
    """Of a connection what decides whether it must go."""

    def __init__(self, address: str, idle: bool, begun: float) -> None:
        self.address, self.idle, self.begun = address, idle, begun


def _open(*groups: tuple[str, bool, int]) -> set[BoundedConnection]:
    begun = iter(range(10_000))
    return {
        cast(BoundedConnection, _Stub(address, idle, next(begun)))
        for address, idle, number in groups
        for _ in range(number)
    }


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 10)), max_size=4))
def test_while_there_are_few_none_must_go(groups: list[tuple[str, bool, int]]) -> None:
    assert superfluous(_open(*groups)) == []


@pytest.mark.parametrize(
    ("groups", "address", "idle", "begun"),
    [
        ((("flood", True, 33),), "flood", True, 0),
        ((("flood", False, 20), ("flood", True, 13)), "flood", True, 20),
        ((("flood", False, 33), ("owner", True, 1)), "flood", False, 0),
        ((("a", False, 30), ("b", False, 20), ("owner", False, 15)), "a", False, 0),
    ],
)
def test_of_too_many_the_oldest_idle_one_of_the_address_with_most_goes(
    groups: tuple[Any, ...], address: str, idle: bool, begun: float
) -> None:
    (victim,) = superfluous(_open(*groups))
    assert (victim.address, victim.idle, victim.begun) == (address, idle, begun)
