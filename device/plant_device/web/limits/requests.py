"""Requests that are neither too large nor too slow (ASGI)."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plant_device.web.answers import problem_response
from plant_device.web.problems import Problem

# The protocol's own limit is of a head that comes in pieces.
_HEAD_BYTES = 16 << 10
_USUAL_BYTES = 64 << 10
# A body has so long, and a second more for so many bytes of it: a slow Wi-Fi's pace.
_SECONDS = 10.0
_BYTES_A_SECOND = 100_000
# An answer that comes before the body has come is lost, if the connection ends while it is sent.
_LINGER_SECONDS = 2.0


class BoundedRequests:
    """Answers in an app's place where a request is too much.

    Args:
        most: bytes of a body, by path; of others 64 KiB.
    """

    def __init__(self, app: ASGIApp, most: Mapping[str, int]) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._most.get(scope["path"], _USUAL_BYTES))
        answer = _Answer(send, body)
        try:
            body.announce(scope)
            await self._app(scope, body.receive, answer.send)
        except Problem as problem:
            if problem is not body.problem:
                raise
        if body.problem and not answer.begun:
            await problem_response(body.problem)(scope, body.receive, answer.send_anyway)


class _Body:
    """A request's body, as it comes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._got = 0
        # Only while it is waited for: what the app does meanwhile takes as long as it takes.
        self._waited = 0.0
        self.ended = False
        self.problem: Problem | None = None

    def announce(self, scope: Scope) -> None:
        head = len(scope["raw_path"]) + len(scope["query_string"])
        head += sum(len(name) + len(value) for name, value in scope["headers"])
        if head > _HEAD_BYTES:
            self.problem = Problem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"expected a head of at most {_HEAD_BYTES:,} bytes, received {head:,}",
                {"connection": "close"},
            )
            raise self.problem
        headers = Headers(scope=scope)
        length = headers.get("content-length")
        if length and length.isdigit() and int(length) > self._most:
            raise self._refused()
        # https://www.rfc-editor.org/rfc/rfc9112#section-6.3
        self.ended = length in (None, "0") and "transfer-encoding" not in headers

    async def receive(self) -> Message:
        if self.ended:
            return await self._receive()
        left = _SECONDS + self._got / _BYTES_A_SECOND - self._waited
        begun = asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), left)
        except asyncio.TimeoutError:  # before Python 3.11 not the built-in one
            self.problem = Problem(
                HTTPStatus.REQUEST_TIMEOUT,
                f"expected {_BYTES_A_SECOND // 1000} KB a second, received {self._got:,} bytes "
                "and then too little",
                {"connection": "close"},
            )
            raise self.problem from None
        self._waited += asyncio.get_running_loop().time() - begun
        self._got += len(message.get("body", b""))
        self.ended = message["type"] != "http.request" or not message.get("more_body", False)
        if self._got > self._most:
            raise self._refused()
        return message

    async def leave(self) -> None:
        """Take what is still sent, for a moment, and throw it away."""

        async def rest() -> None:
            while not self.ended:
                message = await self._receive()
                self.ended = not message.get("more_body", False)

        try:
            await asyncio.wait_for(rest(), _LINGER_SECONDS)
        except asyncio.TimeoutError:
            return

    def _refused(self) -> Problem:
        self.problem = Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"expected at most {self._most:,} bytes, received more",
            {"connection": "close"},
        )
        return self.problem


class _Answer:
    """What is sent back: nothing of the app's once its request was refused."""

    def __init__(self, send: Send, body: _Body) -> None:
        self._send = send
        self._body = body
        self.begun = False

    async def send(self, message: Message) -> None:
        if self._body.problem and not self.begun:
            return
        await self.send_anyway(message)

    async def send_anyway(self, message: Message) -> None:
        self.begun = True
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if last and not self._body.ended:
            await self._send({**message, "more_body": True})
            await self._body.leave()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
