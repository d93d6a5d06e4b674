"""From a picture of any shape to what a network sees: the one implementation.

Training, calibration, evaluation and the camera all call these functions, so that
a leaf looks the same to the network wherever it is met.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

STORED_SIDE = 256


@dataclass(frozen=True)
class Geometry:
    """The two sides, in pixels, on a picture's way into a network.

    Args:
        input_side: side S of the square that the network takes.
        stored_side: side of the stored leaf picture that S is cropped from.
    """

    input_side: int
    stored_side: int = STORED_SIDE

    def __post_init__(self) -> None:
        if not 1 <= self.input_side <= self.stored_side:
            raise ValueError(
                f"expected 1 <= input_side <= stored_side. Received: input_side="
                f"{self.input_side}, stored_side={self.stored_side}"
            )

    @property
    def centre(self) -> slice:
        """Rows, and columns, of the stored picture that the centre crop keeps."""
        start = (self.stored_side - self.input_side) // 2
        return slice(start, start + self.input_side)


def leaf_picture(picture: Picture, geometry: Geometry) -> Picture:
    """Cut the centre square and scale it to the stored side.

    Args:
        picture: uint8 [H, W, 3], any channel order.

    Returns:
        uint8 [stored_side, stored_side, 3]. Shrinking averages over areas, so that fine
        lesions do not alias; enlarging is bilinear. A picture of that size comes
        back unchanged.
    """
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    if square.strides[2] < 0:
        # A camera's BGR seen as RGB: OpenCV would copy all of it into that order first.
        return _as_picture(cv2.cvtColor(_scaled(square[:, :, ::-1], geometry), cv2.COLOR_BGR2RGB))
    return _scaled(square, geometry)


def _scaled(square: Picture, geometry: Geometry) -> Picture:
    side = len(square)
    if side == geometry.stored_side:
        return np.ascontiguousarray(square)
    interpolation = cv2.INTER_AREA if side > geometry.stored_side else cv2.INTER_LINEAR
    size = (geometry.stored_side, geometry.stored_side)
    return _as_picture(cv2.resize(square, size, interpolation=interpolation))


def centre_crop(leaf: Picture, geometry: Geometry) -> Picture:
    """Cut the centre S x S of a stored leaf picture: uint8 [S, S, 3]."""
    return np.ascontiguousarray(leaf[geometry.centre, geometry.centre])


def network_input(picture: Picture, geometry: Geometry) -> Picture:
    """From an RGB picture uint8 [H, W, 3] to the network's input uint8 [S, S, 3]."""
    return centre_crop(leaf_picture(picture, geometry), geometry)


def _as_picture(array: Any) -> Picture:
    return np.asarray(array, dtype=np.uint8)
