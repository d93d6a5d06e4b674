"""What OpenCV's `VideoCapture` reads, until it reads no more."""

from collections.abc import Iterator

import cv2
import numpy as np

from plant_device.camera.frame import Damaged
from plant_device.camera.jpeg_damage import damaged_picture, with_damage
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture


def captured(capture: cv2.VideoCapture, name: str, ended: str) -> Iterator[Picture | Damaged]:
    """Yield pictures BGR uint8 [H, W, 3], and in their places JPEGs that are damaged inside.

    Args:
        name: the camera's, for messages.
        ended: what it does when no more comes.

    Raises:
        UserError: no more comes.
    """
    while True:
        (read, picture), damaged = with_damage(capture.read)
        if not read:
            raise UserError(f"{name} {ended}")
        yield damaged_picture(name) if damaged else np.asarray(picture, np.uint8)
