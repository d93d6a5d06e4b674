"""Messages between the service and the processes that show it, over a Unix socket pair.

A message is two lengths in four bytes each, a JSON text, and bytes that need no text (a picture).
Both ends are this program; lengths are bounded all the same, as the other end faces the world.
"""

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct("<II")
MOST_BYTES = 16 << 20


def send(channel: socket.socket, head: Mapping[str, object], body: bytes = b"") -> None:
    """Send a message, and wait until the other end's buffer has taken it.

    Raises:
        OSError: the other end is gone.
    """
    text = json.dumps(head).encode()
    channel.sendall(_LENGTHS.pack(len(text), len(body)) + text + body)


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Wait for a message.

    Raises:
        EOFError: the other end is gone, or sent what no message is.
    """
    text_bytes, body_bytes = _LENGTHS.unpack(_received(channel, _LENGTHS.size))
    if text_bytes + body_bytes > MOST_BYTES:
        raise EOFError(f"a message of {text_bytes + body_bytes:,} bytes")
    try:
        head = json.loads(_received(channel, text_bytes))
    except (ValueError, RecursionError):
        raise EOFError("a message that is not JSON") from None
    if not isinstance(head, dict):
        raise EOFError("a message that is no object")
    return head, bytes(_received(channel, body_bytes))


def _received(channel: socket.socket, length: int) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    filled = 0
    while filled < length:
        try:
            taken = channel.recv_into(view[filled:])
        except OSError as error:
            raise EOFError(str(error)) from None
        if taken == 0:
            raise EOFError("the other end is gone")
        filled += taken
    return content
