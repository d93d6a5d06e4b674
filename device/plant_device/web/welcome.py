"""What a person needs to open the page: addresses, token, and a code to scan."""

import io
import json
from pathlib import Path
from urllib.parse import quote

import segno

from plant_device.contract.atomic import write_atomically
from plant_device.web.access.entrance import Entrance

_ADDRESSES = "addresses.json"


def words(urls: list[str], entrance: Entrance | None, shown: bool) -> str:
    """What is said when the server has started.

    Args:
        shown: whether a person's terminal shows it; a journal keeps no token.
    """
    if entrance is None:
        return f"page: {urls[0]} (only this machine reaches it)"
    if not shown:
        return f"page: {' or '.join(urls)}; `plant-device token` shows the token"
    return "\n".join([f"page: {' or '.join(urls)}", *token_lines(entrance.token(), urls)])


def token_lines(token: str, urls: list[str]) -> list[str]:
    """The token, and a code that brings a phone to the page and in."""
    lines = [f"token: {token}"]
    if urls:
        lines += ["scan to open the page:", qr_code(login_url(urls[0], token))]
    return lines


def login_url(url: str, token: str) -> str:
    """An address that logs in. What is behind # stays in the browser, and is in no log."""
    return f"{url}/login#token={quote(token)}"


def qr_code(text: str) -> str:
    """A QR code for a terminal."""
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue().rstrip("\n")


def keep_addresses(folder: Path, urls: list[str]) -> None:
    """Keep where the server was reached last, for `plant-device token`."""
    write_atomically(folder / _ADDRESSES, json.dumps(urls) + "\n")


def kept_addresses(folder: Path) -> list[str]:
    """Where the server was reached last; none where it never ran."""
    try:
        told = json.loads((folder / _ADDRESSES).read_bytes())
    except (OSError, ValueError):
        return []
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
