"""A gpsd whose receiver sees satellites from some moment on."""

import json
import socket
import threading
import time
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from types import TracebackType


class Receiver(AbstractContextManager["Receiver"]):
    """Tells nothing until it has a fix, then its place and the time each second."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._fix: tuple[datetime, float]
        self._sees = threading.Event()
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listener.close()

    @property
    def place(self) -> str:
        """As `--place` takes it."""
        return f"gpsd:127.0.0.1:{self._listener.getsockname()[1]}"

    def sees_satellites(self, utc: datetime) -> None:
        """Have a fix from now on, at which it is so late."""
        self._fix = utc, time.monotonic()
        self._sees.set()

    def now(self) -> datetime:
        """What it takes for the time."""
        utc, then = self._fix
        return utc + timedelta(seconds=time.monotonic() - then)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    self._sees.wait()
                    while True:
                        connection.sendall(json.dumps(self._report()).encode() + b"\n")
                        # As often as a receiver reports; it ends in between.
                        if self._over.wait(1):
                            return

    def _report(self) -> dict[str, object]:
        utc = self.now().isoformat().replace("+00:00", "Z")
        return {"class": "TPV", "mode": 3, "lat": 52.1, "lon": 11.6, "eph": 3.5, "time": utc}
