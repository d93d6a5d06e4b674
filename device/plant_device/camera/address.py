"""A network camera's address, and what of it may be told."""

import urllib.parse

from plant_device.contract.errors import UserError


def camera_address(url: str) -> urllib.parse.SplitResult:
    """Take an address apart.

    Raises:
        UserError: it has no host, a port that is none, or is no text.
    """
    scheme = url.partition(":")[0]
    try:
        parts = urllib.parse.urlsplit(url)
        # Reading the port checks it; what is no UTF-8 cannot be sent.
        sound = bool(parts.hostname) and parts.port != 0 and bool(url.encode())
    except ValueError:
        sound = False
    if not sound:
        raise UserError(f"expected an address such as {scheme}://camera.local:8080/stream")
    return parts


def place_of(parts: urllib.parse.SplitResult) -> str:
    """Host and port, without user and password."""
    return parts.netloc.rpartition("@")[2]


def address_in_words(parts: urllib.parse.SplitResult) -> str:
    """What messages and records call it: cameras take passwords behind a `?` too."""
    return f"{parts.scheme}://{place_of(parts)}{parts.path}"
