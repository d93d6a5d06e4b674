"""The one secret that lets a person in, kept so that it can be shown again.

Who can read the file already works on the device as the same user. So it is stored as it is: a
headless device's owner must be able to ask for it, with `plant-device token`.
"""

import hmac
import os
import re
import secrets
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
    """The token in a folder, made when it is first asked for; another program may replace it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._stamp: tuple[int, int] | None = None
        self._token = ""

    def token(self) -> str:
        """The token that holds now; only this user can read its file.

        Raises:
            UserError: the file holds no token.
            OSError: it cannot be read or written.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self.replaced()
        stamp = (found.st_ino, found.st_mtime_ns)
        if stamp != self._stamp:
            self._token = self._read()
            self._stamp = stamp
        return self._token

    def replaced(self) -> str:
        """Make another token, with which all sessions end.

        Raises:
            OSError: it cannot be written.
        """
        token = new_token()
        write_privately(self._path, f"{token}\n")
        return token

    def _read(self) -> str:
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                self._path.chmod(0o600)
            token = file.read(_MAX_BYTES).decode(errors="replace").strip()
        if len(_plain(token)) < _GROUPS * _GROUP:
            raise UserError(
                f"expected a token of at least {_GROUPS * _GROUP} letters in {self._path}: "
                "`plant-device token --new` makes one"
            )
        return token
