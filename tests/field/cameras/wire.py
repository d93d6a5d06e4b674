"""The network between a camera and the device: a TCP proxy that can be slow, deaf, or wrong."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

_CHUNK = 16 << 10
_SLOW_BYTES = 500
_SLOW_SECONDS = 0.25

Condition = Callable[[bytes], Iterator[bytes]]
"""What becomes of what the camera sends."""


class Wire:
    """Takes connections at a port of this machine and hands them on to another."""

    def __init__(self, camera_port: int, chance: random.Random) -> None:
        self._camera_port = camera_port
        self._chance = chance
        self._condition: Condition = _whole
        self._open = threading.Event()
        self._open.set()
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def mend(self) -> None:
        """Be a good wire again."""
        self._condition = _whole
        self._open.set()
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def be_silent(self) -> None:
        """Hand nothing on: what is sent waits."""
        self._open.clear()

    def be_slow(self) -> None:
        """Hand 2 KB on each second."""
        self._condition = self._slow

    def garble(self) -> None:
        """Put other bytes in the place of some."""
        self._condition = self._garbled

    def lose(self) -> None:
        """Leave out some of what is sent."""
        self._condition = self._holed

    def cut(self) -> None:
        """End each connection in the midst."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connections.clear()

    def be_gone(self) -> None:
        """Be unplugged: nobody answers at the port."""
        # One that accepts would hold the port otherwise.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _garbled(self, chunk: bytes) -> Iterator[bytes]:
        garbled = bytearray(chunk)
        for _ in range(1 + len(chunk) // 500):
            garbled[self._chance.randrange(len(chunk))] = self._chance.randrange(256)
        yield bytes(garbled)

    def _holed(self, chunk: bytes) -> Iterator[bytes]:
        at = self._chance.randrange(len(chunk))
        yield chunk[:at] + chunk[at + self._chance.randrange(2000) :]

    def _slow(self, chunk: bytes) -> Iterator[bytes]:
        for at in range(0, len(chunk), _SLOW_BYTES):
            if self._condition == self._slow:
                time.sleep(_SLOW_SECONDS)
            yield chunk[at : at + _SLOW_BYTES]

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                device, _ = listener.accept()
                try:
                    camera = socket.create_connection(("127.0.0.1", self._camera_port))
                except OSError:
                    device.close()
                    continue
                self._connections += [device, camera]
                threading.Thread(target=self._carry, args=(device, camera), daemon=True).start()

    def _carry(self, device: socket.socket, camera: socket.socket) -> None:
        # One that is shut down and not closed would hold a camera up that still sends.
        with device, camera:
            up = threading.Thread(target=_pump, args=(device, camera, _whole), daemon=True)
            up.start()
            _pump(camera, device, self._down)
            up.join()

    def _down(self, chunk: bytes) -> Iterator[bytes]:
        self._open.wait()
        return self._condition(chunk)


def _pump(one: socket.socket, other: socket.socket, way: Condition) -> None:
    with suppress(OSError):
        while chunk := one.recv(_CHUNK):
            for part in way(chunk):
                other.sendall(part)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _whole(chunk: bytes) -> Iterator[bytes]:
    yield chunk
