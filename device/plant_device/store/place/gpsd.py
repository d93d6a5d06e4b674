"""The place that a GPS receiver gives, by gpsd (https://gpsd.gitlab.io/gpsd/gpsd_json.html)."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from plant_device.contract.errors import UserError
from plant_device.store.place.place import Place

_PORT = 2947
_WATCH = b'?WATCH={"enable":true,"json":true};\n'
_RETRY_SECONDS = 5.0
# A receiver reports every second, and gpsd at least every few; older fixes are of somewhere else.
_FRESH_SECONDS = 10.0
_MAX_LINE = 1 << 16


class Gpsd:
    """Listens to a gpsd for as long as the process lives; connects again whenever it must."""

    def __init__(
        self,
        address: tuple[str, int],
        heard_time: Callable[[datetime], None] = lambda utc: None,
        say: Callable[[str], None] = lambda words: None,
    ) -> None:
        """Begin to listen.

        Args:
            address: host and port.
            heard_time: told of each time that the satellites give.
            say: told where it does not answer, once for each reason.
        """
        self._say = say
        self._told: set[str] = set()
        self._address = address
        self._heard_time = heard_time
        self._fix: tuple[Place, float] | None = None
        threading.Thread(target=self._listen, name="gpsd", daemon=True).start()

    def __call__(self) -> Place | None:
        """Where the receiver is; None where it does not know or has not said for ten seconds."""
        fix = self._fix
        if fix is None or time.monotonic() - fix[1] > _FRESH_SECONDS:
            return None
        return fix[0]

    def _listen(self) -> None:
        while True:
            try:
                with socket.create_connection(self._address, timeout=_FRESH_SECONDS) as connection:
                    connection.sendall(_WATCH)
                    for line in _lines(connection):
                        self._hear(line)
                    self._tell("it closed the connection")
            except OSError as error:
                self._tell(error.strerror or str(error))
            time.sleep(_RETRY_SECONDS)

    def _tell(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            host, port = self._address
            self._say(f"no place from gpsd at {host}:{port} ({reason}); it is asked again")

    def _hear(self, line: bytes) -> None:
        try:
            report = json.loads(line)
            if not isinstance(report, dict) or report.get("class") != "TPV":
                return
            place, utc = _place(report), _utc(report)
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        self._fix = (place, time.monotonic()) if place else None
        if utc:
            self._heard_time(utc)


def gpsd_address(text: str) -> tuple[str, int]:
    """The host and port of `gpsd`, `gpsd:HOST` or `gpsd:HOST:PORT`.

    Raises:
        UserError: the port is none.
    """
    host, _, port = text.removeprefix("gpsd").removeprefix(":").partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UserError(f"expected gpsd:HOST:PORT, received: {text}")
    return host or "127.0.0.1", int(port or _PORT)


def _lines(connection: socket.socket) -> Iterator[bytes]:
    with connection.makefile("rb") as stream:
        while line := stream.readline(_MAX_LINE):
            yield line


def _place(report: Mapping[str, Any]) -> Place | None:
    if report.get("mode", 0) < 2:
        return None
    accuracy = report.get("eph")
    return Place(
        float(report["lat"]),
        float(report["lon"]),
        "gpsd",
        float(accuracy) if accuracy is not None else None,
    )


def _utc(report: Mapping[str, Any]) -> datetime | None:
    # A receiver without satellites tells the time of its own clock.
    if report.get("mode", 0) < 2 or "time" not in report:
        return None
    return datetime.fromisoformat(report["time"].replace("Z", "+00:00"))
