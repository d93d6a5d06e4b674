"""Who has logged in: random ids in cookies, of which the device keeps only hashes.

Kept in a file, so that a server that is started anew logs nobody out. Without an end in time: a
board's clock may jump by years. A session ends when it is logged out, when the token changes, or
when it is the oldest of too many.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from plant_device.contract.atomic import write_privately

NAME = "sessions.json"
_MOST = 64


@dataclass(frozen=True)
class Sessions:
    """The open sessions: hashes of their ids, the oldest first, under one token's hash."""

    token: str
    open: tuple[str, ...] = ()

    def has(self, session: str) -> bool:
        """Whether it is open."""
        # How long it takes tells of hashes alone, from which nobody finds an id.
        return _hash(session) in self.open

    def begun(self, session: str) -> "Sessions":
        """With one more; the oldest end where there are too many."""
        return replace(self, open=(*self.open, _hash(session))[-_MOST:])

    def ended(self, session: str) -> "Sessions":
        """Without it."""
        return replace(self, open=tuple(one for one in self.open if one != _hash(session)))


class SessionFile:
    """The open sessions in a folder."""

    def __init__(self, folder: Path, token: Callable[[], str]) -> None:
        """Take them up.

        Args:
            token: tells the token that holds now: sessions of another one are over.
        """
        self._path = folder / NAME
        self._token = token
        self._lock = threading.Lock()
        self._sessions = self._read()

    def has(self, session: str) -> bool:
        """Whether a cookie's session is open."""
        with self._lock:
            return self._current().has(session)

    def begin(self) -> str:
        """Open a session and give its id, for a cookie.

        On a disk that takes nothing it lasts as long as this server: who may delete must get in.
        """
        session = secrets.token_urlsafe(32)
        with self._lock:
            sessions = self._current().begun(session)
            with suppress(OSError):
                self._keep(sessions)
        return session

    def end(self, session: str) -> None:
        """Close a session.

        Raises:
            OSError: it cannot be written.
        """
        with self._lock:
            self._keep(self._current().ended(session))

    def _current(self) -> Sessions:
        token = _hash(self._token())
        if self._sessions.token != token:
            self._sessions = Sessions(token)
        return self._sessions

    def _keep(self, sessions: Sessions) -> None:
        # Closed in any case, be the disk full or not.
        self._sessions = sessions
        content = {"token": sessions.token, "open": sessions.open}
        write_privately(self._path, json.dumps(content))

    def _read(self) -> Sessions:
        try:
            told = json.loads(self._path.read_bytes())
            return Sessions(str(told["token"]), tuple(map(str, told["open"])))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return Sessions("")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
