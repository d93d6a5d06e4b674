"""What may follow a source string after `#`: `usb:0#size=1280x720&fps=30&rotate=90`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses


@dataclass(frozen=True)
class CameraOptions:
    """How a camera is set, and what is done to its frames.

    Args:
        size: width and height in pixels that it is asked for; None: as it is.
        fps: frames a second that it is asked for; None: as it is.
        rotate: degrees clockwise.
        flip: mirrored left to right (`h`), upside down (`v`).
        region: left, top, width and height of what is looked at, as fractions of the turned frame.
        exposure: as the camera counts; None: automatic.
        focus: as the camera counts; None: automatic.
    """

    size: tuple[int, int] | None = None
    fps: float | None = None
    rotate: Literal[0, 90, 180, 270] = 0
    flip: Literal["", "h", "v"] = ""
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    exposure: float | None = None
    focus: float | None = None


_LARGEST_SIDE = 8192
_FORMS: Mapping[str, str] = {
    "size": "WIDTHxHEIGHT, such as 1280x720",
    "fps": "frames a second, from 0.01 to 240",
    "rotate": "0, 90, 180 or 270",
    "flip": "h or v",
    "region": "LEFT,TOP,WIDTH,HEIGHT as fractions of 1, such as 0.25,0,0.5,1",
    "exposure": "a number, as the camera counts",
    "focus": "a number, as the camera counts",
}


def read_options(text: str) -> CameraOptions:
    """Understand what follows the `#`; an empty text is all defaults.

    Raises:
        UserError: an option is unknown, named twice, or its value is none.
    """
    values: dict[str, Any] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        if name not in _FORMS:
            raise UserError(
                f"expected one of {', '.join(_FORMS)} after # in a source, received: "
                f"{name}{near_misses(name, _FORMS, most=1)}"
            )
        if name in values:
            raise UserError(f"expected {name} once after # in a source, received it twice")
        try:
            values[name] = _VALUES[name](value)
        except ValueError:
            raise UserError(
                f"expected {name}={_FORMS[name]} in a source, received: {pair}"
            ) from None
    return CameraOptions(**values)


def _size(value: str) -> tuple[int, int]:
    asked = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", value)
    width, height = map(int, asked.groups()) if asked else (0, 0)
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise ValueError
    return width, height


def _number(value: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", value):
        raise ValueError
    return float(value)


def _fps(value: str) -> float:
    if not 0.01 <= _number(value) <= 240:
        raise ValueError
    return float(value)


def _rotate(value: str) -> int:
    if value not in ("0", "90", "180", "270"):
        raise ValueError
    return int(value)


def _flip(value: str) -> str:
    if value not in ("h", "v"):
        raise ValueError
    return value


def _region(value: str) -> tuple[float, ...]:
    left, top, width, height = map(_number, value.split(","))
    inside = left >= 0 and top >= 0 and left + width <= 1 and top + height <= 1
    if not (inside and width > 0 and height > 0):
        raise ValueError
    return left, top, width, height


_VALUES = {
    "size": _size,
    "fps": _fps,
    "rotate": _rotate,
    "flip": _flip,
    "region": _region,
    "exposure": _number,
    "focus": _number,
}
