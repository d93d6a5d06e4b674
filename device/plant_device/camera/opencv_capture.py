"""What OpenCV's `VideoCapture` reads, until it reads no more."""

from collections.abc import Iterator

import cv2
import numpy as np

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture


def captured(capture: cv2.VideoCapture, ended: str) -> Iterator[Picture]:
    """Yield pictures BGR uint8 [H, W, 3].

    Args:
        ended: what is said when no more comes.

    Raises:
        UserError: no more comes.
    """
    while True:
        read, picture = capture.read()
        if not read:
            raise UserError(ended)
        yield np.asarray(picture, np.uint8)
