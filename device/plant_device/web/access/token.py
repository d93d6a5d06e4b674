"""The one secret that lets a person in, kept so that it can be shown again.

Who can read the file already works on the device as the same user. So it is stored as it is: a
headless device's owner must be able to ask for it, with `plant-device token`.
"""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from plant_device.contract.atomic import write_privately
from plant_device.contract.errors import UserError

NAME = "token"
# Neither of i, l, o, 0 and 1: it is read from one screen and typed on another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
_MAX_BYTES = 1000


def new_token() -> str:
    """A random token such as `k3m9-ab7x-qwer-2345`: 79 bits."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def same_token(one: str, other: str) -> bool:
    """Whether they are the same token, however it was typed; takes as long wherever they differ."""
    return hmac.compare_digest(_plain(one), _plain(other))


def _plain(token: str) -> bytes:
    return re.sub(r"[\s-]", "", token).lower().encode(errors="replace")


class TokenFile:
    """The token in a folder, made when it is first asked for; another program may replace it.

    Args:
        say: told where the file had no token in it, as after a power cut, and was written anew.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda words: None) -> None:
        self._path = folder / NAME
        self._say = say
        self._stamp: tuple[int, int] | None = None
        self._token = ""

    def token(self) -> str:
        """The token that holds now; only this user can read its file.

        Where the file is gone, or has none in it, the one that was read last holds on.

        Raises:
            UserError: a folder is where the file should be.
            OSError: it cannot be read, or a first one cannot be written.
        """
        stamp = self._stamped()
        if stamp is None or stamp != self._stamp:
            found = self._read() if stamp else ""
            if not found:
                found = self._renewed()
                if stamp:
                    self._say(f"{self._path} had no token in it: it was written anew")
            self._token, self._stamp = found, self._stamped()
        return self._token

    def replaced(self) -> str:
        """Make another token, with which all sessions end.

        Raises:
            UserError: a folder is where the file should be.
            OSError: it cannot be written.
        """
        self._stamped()
        token = new_token()
        write_privately(self._path, f"{token}\n")
        return token

    def _renewed(self) -> str:
        if not self._token:
            return self.replaced()
        # A store that was deleted, or a disk that is full, locks nobody out.
        with suppress(OSError):
            write_privately(self._path, f"{self._token}\n")
        return self._token

    def _stamped(self) -> tuple[int, int] | None:
        """What tells this file from another one; None where there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(found.st_mode):
            raise UserError(
                f"expected the token's file at {self._path}, received a folder: move it away"
            )
        return found.st_ino, found.st_mtime_ns

    def _read(self) -> str:
        """The file's token; empty where it has none that a person could type."""
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                self._path.chmod(0o600)
            content = file.read(_MAX_BYTES)
        try:
            token = content.decode().strip()
        except UnicodeDecodeError:
            return ""
        return token if token.isprintable() and len(_plain(token)) >= _GROUPS * _GROUP else ""
