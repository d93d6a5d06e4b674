"""Orders to the service over the wire, from a process that faces the world."""

import json
import socket
import struct
from pathlib import Path
from random import Random

from changes import json_value
from pydantic import ValidationError
from target import Change, Target

from plant_device.live.orders import ORDER
from plant_device.live.wire import receive

_ORDERS = (
    {"kind": "state", "version": 3, "seconds": 1},
    {"kind": "frame", "after": 1, "width": 640},
    {"kind": "change", "values": {"decision.mode": "interval"}},
    {"kind": "place", "latitude": 48.1, "longitude": 11.6, "accuracy": 5},
    {"kind": "say", "words": "hello", "event": True},
)
_LENGTHS = struct.Struct("<II")


def _read(content: bytes, _: Path) -> object:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.setblocking(False)
            # As much of it as the buffer takes: the rest never comes.
            theirs.send(content)
        head, body = receive(ours)
        return ORDER.validate_python(head.get("order")), body


def _changed(content: bytes, change: Change, random: Random) -> bytes:
    text = json_value(content[_LENGTHS.size :], change, random)
    return _LENGTHS.pack(len(text), 0) + text


def _seeds() -> list[bytes]:
    texts = [json.dumps({"number": 1, "order": order}).encode() for order in _ORDERS]
    return [_LENGTHS.pack(len(text), 3) + text + b"abc" for text in texts]


TARGET = Target(_read, _seeds, refusals=(EOFError, ValidationError), changed=_changed)
