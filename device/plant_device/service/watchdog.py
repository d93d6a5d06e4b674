"""What systemd hears of the service: that it has begun, gets on, what it does, that it ends.

Each is a datagram of lines to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). No library: on
the package index sdnotify (0.3.2) and sd-notify (0.1.0) are one file each with one release for many
years, and systemd-python has to be compiled against the system's library.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

_STATUS_SECONDS = 10.0
"""How often the status is told where there is no watchdog to feed."""
_PATIENCE_SECONDS = 1.0


class ServiceReport:
    """Tells systemd of a service; where none has started it, nothing is told to nobody.

    The watchdog is fed by `progress` alone, which the work itself calls: no thread and no timer
    goes on to feed it where the work hangs. Nothing that becomes of a datagram stops the work.
    """

    def __init__(
        self, status: Callable[[], str], environment: Mapping[str, str] = os.environ
    ) -> None:
        """Understand what systemd has said in the environment.

        Args:
            status: what the service is doing, in words; asked whenever that is told.
        """
        name = environment.get("NOTIFY_SOCKET", "")
        # An @ stands for the zero with which abstract names begin. Others, vsock:, are of
        # machines that report to their host.
        self._address = name.replace("@", "\0", 1) if name.startswith(("/", "@")) else None
        self._status = status
        self._watched = _watchdog_seconds(environment)
        self._told = float("-inf")

    def ready(self) -> None:
        """The model is loaded, and the loop begins."""
        self._send("READY=1", self._status_line())

    def progress(self) -> None:
        """The work has come a step further; told at most four times within the watchdog's time."""
        now = time.monotonic()
        if now - self._told < (self._watched / 4 if self._watched else _STATUS_SECONDS):
            return
        self._told = now
        self._send(*(["WATCHDOG=1"] if self._watched else []), self._status_line())

    def stopping(self) -> None:
        """The service ends."""
        self._send("STOPPING=1")

    def _status_line(self) -> str:
        return f"STATUS={' '.join(self._status().split())}"

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(_PATIENCE_SECONDS)
            channel.sendto("\n".join(lines).encode(), self._address)


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """The time within which systemd expects to be fed (sd_watchdog_enabled(3)); 0: it does not."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    for_whom = environment.get("WATCHDOG_PID", str(os.getpid()))
    return (
        int(microseconds) / 1e6 if microseconds.isdecimal() and for_whom == str(os.getpid()) else 0
    )
