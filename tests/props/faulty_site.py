"""A real HTTP server on this machine, with the faults that the outside network has."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """How one request is answered; the default is what a good server does.

    `etag` None is the content's own, "" is none. `cut_after` bytes of the body the connection
    is reset; `hang_up` ends it without a word.
    """

    status: int = 200
    body: bytes | None = None
    etag: str | None = None
    cut_after: int | None = None
    corrupt_at: int | None = None
    ranges: bool = True
    chunked: bool = False
    hang_up: bool = False
    headers: dict[str, str | None] = field(default_factory=dict)
    seconds_a_block: float = 0.0


@dataclass
class Request:
    """What a client asked for."""

    path: str
    headers: dict[str, str]


class Site:
    """Files by path; `answers[path]` are given one a request, then good ones."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self.otherwise = Answer()
        self.requests: list[Request] = []

    def add(self, path: str, content: bytes, *answers: Answer) -> str:
        """Serve a file; its address."""
        self.files[path] = content
        self.answers[path] += answers
        return self.url + path

    @property
    def ranges(self) -> list[str | None]:
        """The `Range` of each request so far."""
        return [request.headers.get("Range") for request in self.requests]


class _Server(ThreadingHTTPServer):
    site: Site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        site = self.server.site
        path = self.path.partition("?")[0]
        site.requests.append(Request(path, dict(self.headers)))
        answer = site.answers[path].pop(0) if site.answers[path] else site.otherwise
        if answer.hang_up:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        content = answer.body if answer.body is not None else site.files.get(path)
        if content is None:
            answer, content = Answer(status=404), b"no such file"
        self._send(answer, content)

    def _send(self, answer: Answer, content: bytes) -> None:
        tag = (
            f'"{hashlib.sha256(content).hexdigest()[:16]}"' if answer.etag is None else answer.etag
        )
        headers: dict[str, str | None] = {"Content-Type": "application/octet-stream"}
        if tag:
            headers["ETag"] = tag
        status, body = answer.status, content
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range", tag) == tag
        if wanted and answer.ranges and unchanged and status == 200:
            start = int(wanted[1])
            if start >= len(content):
                status, body = 416, b""
                headers["Content-Range"] = f"bytes */{len(content)}"
            else:
                status, body = 206, content[start:]
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers["Transfer-Encoding" if answer.chunked else "Content-Length"] = (
            "chunked" if answer.chunked else str(len(body))
        )
        self.send_response(status)
        for name, value in {**headers, **answer.headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self._send_body(answer, body)

    def _send_body(self, answer: Answer, body: bytes) -> None:
        if answer.corrupt_at is not None and answer.corrupt_at < len(body):
            place = answer.corrupt_at
            body = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        sent = body[: answer.cut_after] if answer.cut_after is not None else body
        try:
            for start in range(0, len(sent), 1 << 14):
                block = sent[start : start + (1 << 14)]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if answer.chunked else block)
                time.sleep(answer.seconds_a_block)
            if answer.chunked and answer.cut_after is None:
                self.wfile.write(b"0\r\n\r\n")
            if answer.cut_after is not None or "Content-Length" in answer.headers:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        except OSError:
            self.close_connection = True


@contextmanager
def served_site() -> Iterator[Site]:
    """A server on a free port of 127.0.0.1, until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()
