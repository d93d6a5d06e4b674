"""What goes between the process that reads a camera and the one that supervises it.

A packet is the length of a JSON text in four bytes, that text, and for a frame its pixels. Both
ends are this program.
"""

import json
import math
import os
import select
import struct
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np

from plant_device.camera.frame import Damaged, Frame
from plant_device.contract.geometry import Picture

_LENGTH = struct.Struct("<I")
# What anyone may ask for (pipe(7)): with the usual 64 KiB a frame of 1280 x 720 takes 43 turns.
PIPE_BYTES = 1 << 20
_SLICE_SECONDS = 0.5


@dataclass(frozen=True)
class Failure:
    """The source cannot be opened, or cannot go on; `reason` in one line."""

    reason: str


@dataclass(frozen=True)
class AtEnd:
    """The source has no more frames, as a file has none after its last."""


Packet = Frame | Damaged | Failure | AtEnd


def write_packet(stream: BinaryIO, packet: Packet) -> None:
    """Send one."""
    match packet:
        case Frame():
            picture = np.ascontiguousarray(packet.picture)
            head = {
                "index": packet.index,
                "origin": packet.origin,
                # JSON knows no infinity.
                "duration": packet.duration if math.isfinite(packet.duration) else None,
                "dropped": packet.dropped,
                "shape": picture.shape,
            }
            _write_head(stream, head)
            stream.write(picture.data.cast("B"))
        case Damaged() | Failure():
            _write_head(stream, asdict(packet))
        case AtEnd():
            _write_head(stream, {})
    stream.flush()


def read_packet(pipe: int, deadline: float, waiting: Callable[[], None] = lambda: None) -> Packet:
    """Receive one from a pipe's file descriptor.

    Args:
        deadline: by `time.monotonic`.
        waiting: called twice a second until it is there.

    Raises:
        TimeoutError: it was not there in whole by then.
        EOFError: the other end is gone.
    """
    (length,) = _LENGTH.unpack(_received(pipe, _LENGTH.size, deadline, waiting))
    head: dict[str, Any] = json.loads(_received(pipe, length, deadline, waiting))
    if "number" in head:
        return Damaged(**head)
    if "reason" in head:
        return Failure(**head)
    if "shape" not in head:
        return AtEnd()
    picture: Picture = np.empty(head.pop("shape"), np.uint8)
    _fill(pipe, picture.data.cast("B"), deadline, waiting)
    duration = head.pop("duration")
    return Frame(**head, picture=picture, duration=math.inf if duration is None else duration)


def _write_head(stream: BinaryIO, head: dict[str, Any]) -> None:
    text = json.dumps(head).encode()
    stream.write(_LENGTH.pack(len(text)) + text)


def _received(pipe: int, length: int, deadline: float, waiting: Callable[[], None]) -> bytearray:
    content = bytearray(length)
    _fill(pipe, memoryview(content), deadline, waiting)
    return content


def _fill(pipe: int, view: memoryview, deadline: float, waiting: Callable[[], None]) -> None:
    filled = 0
    while filled < len(view):
        left = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([pipe], [], [], min(left, _SLICE_SECONDS))
        if not ready:
            if left <= _SLICE_SECONDS:
                raise TimeoutError
            waiting()
            continue
        got = os.readv(pipe, [view[filled:]])
        if not got:
            raise EOFError
        filled += got
