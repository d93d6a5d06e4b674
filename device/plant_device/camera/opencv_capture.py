"""What OpenCV's `VideoCapture` reads, until it reads no more."""

from collections.abc import Iterator
from typing import Any

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
        UserError: no more comes, or what comes is no colour picture.
    """
    while True:
        (read, picture), damaged = with_damage(capture.read)
        if not read:
            raise UserError(f"{name} {ended}")
        yield damaged_picture(name) if damaged else _in_rows(picture, capture, name)


def _in_rows(picture: Any, capture: cv2.VideoCapture, name: str) -> Picture:
    """The picture as [H, W, 3]: OpenCV 4.11 gives one of a camera that has BGR itself in one row.

    https://github.com/opencv/opencv/issues/27166
    """
    received = np.asarray(picture, np.uint8)
    if received.ndim == 3 and received.shape[2] == 3:
        return received
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    if received.size != height * width * 3:
        raise UserError(
            f"{name}: expected pictures of {width} x {height} in colour, received "
            f"{received.size} bytes in the shape {list(received.shape)}"
        )
    return received.reshape(height, width, 3)
