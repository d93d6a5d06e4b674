"""Answers without an end: states as server-sent events, frames as motion JPEG.

A viewer that is slow misses what it cannot take. One that has gone is noticed, and one that reads
nothing is cut off by its connection.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from plant_device.contract.errors import UserError
from plant_device.live.link import Link
from plant_device.live.state import LiveState
from plant_device.web.answers import problem_response
from plant_device.web.newest import Newest
from plant_device.web.problems import wait

# A page holds two of them.
MOST_STREAMS = 16
# Few, so that viewers share what is encoded once.
WIDTHS = (320, 640, 1280)
_STATE_SECONDS = 5.0
_FRAME_SECONDS = 2.0
_SHORTEST_PAUSE = 0.1
_HEARTBEAT_SECONDS = 10.0
_FAULT_SECONDS = 1.0
_BOUNDARY = "frame"


@dataclass
class Viewers:
    """How many look at streams."""

    number: int = 0


class Views:
    """What the device does and sees now, for all viewers together."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.viewers = Viewers()
        self._states = Newest(self._state)
        self._frames = {width: Newest(self._frame_of(width)) for width in WIDTHS}

    def events(self) -> "Stream":
        """States as server-sent events."""
        return Events(self.viewers, self._states)

    def frames(self, width: int, fps: float) -> "Stream":
        """Frames as motion JPEG, at most so wide and so many a second."""
        return Frames(self.viewers, self._frames[served_width(width)], 1 / fps)

    def _state(self, version: int) -> tuple[int, LiveState]:
        state = self._link.state(version, _STATE_SECONDS)
        return state.version, state

    def _frame_of(self, width: int) -> Callable[[int], tuple[int, bytes]]:
        return lambda number: self._link.jpeg(number, width, _FRAME_SECONDS)


def served_width(width: int) -> int:
    """The width that is served where another one is asked for."""
    return next((one for one in WIDTHS if one >= width), WIDTHS[-1])


class Stream(Response, ABC):
    """An answer that goes on until its reader, or the service, is gone."""

    def __init__(self, viewers: Viewers) -> None:
        super().__init__()
        self._viewers = viewers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, if not too many look already."""
        if self._viewers.number >= MOST_STREAMS:
            full = wait(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{MOST_STREAMS} streams are open, which is the most: close one",
                5.0,
            )
            await problem_response(full)(scope, receive, send)
            return
        self._viewers.number += 1
        try:
            sending = asyncio.create_task(self._send(send))
            leaving = asyncio.create_task(_left(receive))
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        finally:
            self._viewers.number -= 1

    async def _send(self, send: Send) -> None:
        headers = [(b"content-type", self.media_type.encode())] if self.media_type else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with aclosing(self._parts()) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    @abstractmethod
    def _parts(self) -> AsyncGenerator[bytes, None]:
        """What is sent, one after the other."""


class Events(Stream):
    """Each state that is another one than the last, at most ten a second."""

    media_type = "text/event-stream"

    def __init__(self, viewers: Viewers, states: Newest[LiveState]) -> None:
        super().__init__(viewers)
        self._states = states

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        yield b"retry: 2000\n\n"
        version, spoken = -1, time.monotonic()
        while True:
            try:
                number, state = await self._states.after(version)
            except (TimeoutError, UserError):
                number, state = version, None
                await asyncio.sleep(_FAULT_SECONDS)
            except EOFError:
                return
            if state and number != version:
                version, spoken = number, time.monotonic()
                yield f"event: state\ndata: {state.model_dump_json()}\n\n".encode()
                await asyncio.sleep(_SHORTEST_PAUSE)
            elif time.monotonic() - spoken >= _HEARTBEAT_SECONDS - _STATE_SECONDS / 2:
                spoken = time.monotonic()
                yield b": still here\n\n"


class Frames(Stream):
    """The newest frame each time that the reader has taken the one before."""

    media_type = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"

    def __init__(self, viewers: Viewers, frames: Newest[bytes], pause: float) -> None:
        super().__init__(viewers)
        self._frames = frames
        self._pause = pause

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        number = -1
        while True:
            begun = time.monotonic()
            try:
                newest, jpeg = await self._frames.after(number)
            except (TimeoutError, UserError):
                # The camera is away; what is known of it grows old.
                self._frames.forget()
                await asyncio.sleep(_FAULT_SECONDS)
                continue
            except EOFError:
                return
            if newest != number:
                number = newest
                yield _part(jpeg, number)
            await asyncio.sleep(max(0.0, self._pause - (time.monotonic() - begun)))


def _part(jpeg: bytes, number: int) -> bytes:
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n"
        f"X-Frame: {number}\r\n\r\n"
    )
    return head.encode() + jpeg + b"\r\n"


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
