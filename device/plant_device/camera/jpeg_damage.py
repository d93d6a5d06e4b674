"""Whether a JPEG is damaged inside, by what its decoder says of it.

libjpeg decodes a picture that lacks data all the same, the rest of it in grey, and warns on the
process's stderr (`jdhuff.c`, `jdmarker.c`); OpenCV, which it works for, hands the picture on.
Pillow has those warnings nowhere.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from plant_device.camera.frame import Damaged
from plant_device.contract.native_stderr import native_stderr_aside

_WARNING = re.compile(rb"Corrupt JPEG data: |Premature end of JPEG file")
# Some cameras fill a picture up to a round length, and no pixel is the worse for it (such as
# Logitech's C920: "1 extraneous bytes before marker 0xd9").
_PADDING = 16
_EXTRANEOUS = re.compile(rb"Corrupt JPEG data: ([0-9]+) extraneous bytes")

Decoded = TypeVar("Decoded")


def with_damage(decode: Callable[[], Decoded]) -> tuple[Decoded, bool]:
    """Call what has OpenCV decode a JPEG, and tell whether that was damaged inside.

    Data that is whole by its form and wrong all the same, such as a bit that was flipped, is not
    seen: libjpeg has no checksum to go by.
    """
    with native_stderr_aside() as said:
        decoded = decode()
        said.seek(0)
        words = said.read()
    padding = _EXTRANEOUS.search(words)
    harmless = padding is not None and int(padding[1]) <= _PADDING
    return decoded, bool(_WARNING.search(words)) and not harmless


def damaged_picture(name: str) -> Damaged:
    """What a camera of that name sent."""
    return Damaged(f"{name} sent a damaged picture: such ones are left out, and counted")
