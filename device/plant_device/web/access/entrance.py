"""Token, sessions and failed tries together: who asks is let in, or told why not."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from plant_device.web.access.sessions import SessionFile
from plant_device.web.access.token import TokenFile, same_token
from plant_device.web.access.tries import Tries, failed, seconds_to_wait, succeeded
from plant_device.web.problems import Problem, wait


class Entrance:
    """The way in to one server."""

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None] = lambda words: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take up token and sessions of a folder; the token is made if there is none.

        Args:
            say: told where the token's file was damaged.
            clock: gives seconds that never run back.

        Raises:
            UserError: a folder is where the token's file should be.
            OSError: the folder cannot be written.
        """
        self._tokens = TokenFile(folder, say)
        self._tokens.token()
        self.sessions = SessionFile(folder, self._tokens.token)
        self._clock = clock
        self._lock = threading.Lock()
        self._tries = Tries()

    def token(self) -> str:
        """The token that holds now."""
        return self._tokens.token()

    def admit(self, token: str, address: str) -> None:
        """Let in who gives the right token.

        Raises:
            Problem: it is wrong (401), or too many were before it (429).
        """
        with self._lock:
            now = self._clock()
            seconds = seconds_to_wait(self._tries, address, now)
            if seconds:
                raise wait(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    f"too many wrong tokens: try again in {seconds:.0f} s",
                    seconds,
                )
            if not same_token(token, self._tokens.token()):
                self._tries = failed(self._tries, address, now)
                raise Problem(
                    HTTPStatus.UNAUTHORIZED,
                    "expected the token that `plant-device token` shows, received another one",
                    {"www-authenticate": "Bearer"},
                )
            self._tries = succeeded(self._tries, address)

    def log_in(self, token: str, address: str) -> str:
        """Open a session for who gives the right token, and give its id.

        Raises:
            Problem: as of `admit`.
        """
        self.admit(token, address)
        return self.sessions.begin()
