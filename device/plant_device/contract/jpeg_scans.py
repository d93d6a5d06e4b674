"""The scans of a JPEG file, each of which has a decoder go over the whole picture.

One takes ten bytes and may change nothing, so that a small file can ask for hours ("Two Issues with
the JPEG Standard", libjpeg-turbo.org).
"""

import re
from collections.abc import Iterator
from itertools import islice

_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_SCAN = bytes((0xFF, _START_OF_SCAN))
# Those that a length follows, and the image's two ends. Data of a scan have a 0 behind each 0xFF;
# alone stand a restart's number and TEM (1). Any number of 0xFF may go before a marker.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xff\xd0-\xd7])", re.DOTALL)


def has_more_scans(content: bytes, most: int) -> bool:
    """Whether a decoder could come to more scans of a JPEG file: ITU-T T.81, annex B."""
    # Eight times faster, and enough but where a video or so is behind the picture.
    if content.count(_SCAN) <= most:
        return False
    return next(islice(_scans(content), most, None), None) is not None


def _scans(content: bytes) -> Iterator[int]:
    at = 0
    while found := _MARKER.search(content, at):
        marker, at = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return
        if marker == _START_OF_SCAN:
            yield found.start()
        if marker != _START_OF_IMAGE:
            at += int.from_bytes(content[at : at + 2], "big")
