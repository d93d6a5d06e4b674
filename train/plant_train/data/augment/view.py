"""From where a leaf is seen: distance, turn, mirror image, and what is in the frame."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Affine = NDArray[np.float64]
"""float64 [2, 3], from coordinates of the stored leaf picture to those of the view."""


@dataclass(frozen=True)
class View:
    """One look at a stored picture.

    Args:
        scale: pixels of the view for one of the stored picture; above 1 is nearer.
        turn: radians, clockwise in the picture.
        mirrored: left to right.
        x, y: where the middle of the stored picture comes to lie, in pixels from that of the
            view.
    """

    scale: float = 1.0
    turn: float = 0.0
    mirrored: bool = False
    x: float = 0.0
    y: float = 0.0


def affine(view: View, stored_side: int, side: int) -> Affine:
    """The map of a view `side` x `side` of a picture `stored_side` x `stored_side`."""
    cos, sin = view.scale * math.cos(view.turn), view.scale * math.sin(view.turn)
    flip = -1 if view.mirrored else 1
    linear = np.array([[cos * flip, -sin], [sin * flip, cos]])
    # Pixel centres lie at whole numbers, so the middle of a side of n is at (n - 1) / 2.
    from_middle = np.full(2, (stored_side - 1) / 2)
    to_middle = (side - 1) / 2 + np.array([view.x, view.y])
    return np.column_stack([linear, to_middle - linear @ from_middle])


def seen(picture: NDArray[np.uint8], matrix: Affine, side: int, border: int) -> NDArray[np.uint8]:
    """A picture uint8 [H, W, C] or [H, W] through a map: uint8 [side, side(, C)].

    Args:
        border: what lies outside of the picture, one of OpenCV's `BORDER_…`.
    """
    warped = cv2.warpAffine(
        picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border
    )
    return np.asarray(warped, np.uint8)
