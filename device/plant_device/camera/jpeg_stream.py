"""Whole JPEG pictures out of a stream of bytes, by the marks that the format itself has.

Boundaries and lengths that a camera writes between its pictures are not looked at: some get them
wrong, and a picture that broke off is known by its own marks alone (ITU-T T.81, annex B).
"""

from collections.abc import Iterator
from enum import Enum

LARGEST_JPEG = 16 << 20
"""Bytes."""

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_MARK = 0xFF
SOI = bytes((_MARK, _SOI))
"""What every JPEG begins with."""
# Marks without a length behind them: TEM, RST0 to RST7.
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_OF_APPLICATIONS = frozenset({*range(0xE0, 0xF0), 0xFE})
_ANOTHER = SOI + bytes((_MARK,))


class _Piece(Enum):
    UNFINISHED = "more has to come"
    BROKEN = "it is no picture, or half of one"


class JpegStream:
    """Takes chunks, gives pictures."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self.broken = 0
        """How many pieces since the last whole picture began as one and were none."""

    def pictures(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the whole pictures that end in this chunk."""
        pending = self._pending
        pending += chunk
        while True:
            start = pending.find(SOI)
            if start < 0:
                # The mark's first half may be the last byte that came.
                del pending[: max(0, len(pending) - 1)]
                return
            del pending[:start]
            end = _end_of_picture(pending)
            if end is _Piece.UNFINISHED and len(pending) <= LARGEST_JPEG:
                return
            if isinstance(end, _Piece):
                self.broken += 1
                # Another may begin within it.
                del pending[:2]
                continue
            picture = bytes(pending[:end])
            del pending[:end]
            self.broken = 0
            yield picture


def _end_of_picture(content: bytearray) -> int | _Piece:
    """Where the picture that begins at 0 ends."""
    position = 2
    while True:
        if position + 2 > len(content):
            return _Piece.UNFINISHED
        if content[position] != _MARK:
            return _Piece.BROKEN
        mark = content[position + 1]
        if mark == _EOI:
            return position + 2
        if mark == _MARK:  # fill bytes
            position += 1
            continue
        if mark in _ALONE:
            position += 2
            continue
        if mark in (0, _SOI):
            return _Piece.BROKEN
        if position + 4 > len(content):
            return _Piece.UNFINISHED
        begun = position
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        # Only what applications write (APP0 to APP15, COM) holds pictures, such as thumbnails.
        if mark not in _OF_APPLICATIONS and content.find(_ANOTHER, begun, position) >= 0:
            return _Piece.BROKEN
        if mark == _SOS:
            behind = _end_of_scan(content, position)
            if behind is None:
                return _Piece.UNFINISHED
            position = behind


def _end_of_scan(content: bytearray, position: int) -> int | None:
    """Where the next mark is behind a scan's data, in which 0xFF is followed by 0 or a restart."""
    while True:
        position = content.find(_MARK, position)
        if position < 0 or position + 1 >= len(content):
            return None
        following = content[position + 1]
        if following != 0 and following not in _ALONE and following != _MARK:
            return position
        position += 1 if following == _MARK else 2
