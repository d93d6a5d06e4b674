"""A camera that needs no hardware: a green blade that turns and moves over soil, for ever."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from plant_device.camera.frame import Frame

_WIDTH, _HEIGHT = 640, 480
_RATE = 30
_SOIL_BGR = (62, 84, 110)
_LEAF_BGR = (58, 142, 74)
_VEIN_BGR = (96, 178, 120)


class SyntheticSource:
    """640 x 480 frames without end, as of 30 a second, each a function of its index alone."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames for ever."""
        index = 0
        while True:
            yield Frame(index, "synthetic:", _draw(index), duration=1 / _RATE)
            index += 1


def _draw(index: int) -> np.ndarray:
    grain = np.random.default_rng(index).normal(0, 9, (_HEIGHT, _WIDTH, 1))
    picture = np.clip(np.array(_SOIL_BGR) + grain, 0, 255).astype(np.uint8)
    turn = math.radians(2 * index)
    centre = (
        round(_WIDTH / 2 + 60 * math.cos(turn)),
        round(_HEIGHT / 2 + 40 * math.sin(turn)),
    )
    angle = 30 * math.sin(turn)
    cv2.ellipse(picture, centre, (170, 90), angle, 0, 360, _LEAF_BGR, -1, cv2.LINE_AA)
    along = (round(165 * math.cos(math.radians(angle))), round(165 * math.sin(math.radians(angle))))
    tip, stem = (
        (centre[0] + along[0], centre[1] + along[1]),
        (centre[0] - along[0], centre[1] - along[1]),
    )
    cv2.line(picture, stem, tip, _VEIN_BGR, 3, cv2.LINE_AA)
    return picture
