"""What a disk was told, request by request, as QEMU's `blklogwrites` keeps it (dm-log-writes)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SECTOR = 512
_HEAD = struct.Struct("<QQQQ")
_FLUSH, _DISCARD = 1, 4


@dataclass(frozen=True)
class Request:
    """One of them. virtio-blk has no other that lasts than a flush: Linux makes one of FUA too.

    Args:
        at: byte of the disk from which it writes.
        content: what it writes; nothing of a flush.
        is_flush: whether all that was told before has to last from here on.
        end: of its entry, as a byte of the log.
    """

    at: int
    content: bytes
    is_flush: bool
    end: int


def requests(log: Path) -> Iterator[Request]:
    """All that were written to the log as a whole, before whoever wrote it was killed."""
    size = log.stat().st_size
    end = _SECTOR
    with log.open("rb") as file:
        while end + _SECTOR <= size:
            file.seek(end)
            sector, count, flags, _ = _HEAD.unpack(file.read(_HEAD.size))
            if not (count or flags):
                return
            length = 0 if flags & _DISCARD else count * _SECTOR
            file.seek(end + _SECTOR)
            content = file.read(length)
            end += _SECTOR + length
            if len(content) < length:
                return
            yield Request(sector * _SECTOR, content, bool(flags & _FLUSH), end)
