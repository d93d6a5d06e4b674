"""What OpenCV's captures give is a picture, or a fault that is told."""

from itertools import islice
from typing import Any, cast

import cv2
import numpy as np
import pytest

from plant_device.camera.opencv_capture import captured
from plant_device.contract.errors import UserError


class CameraOfBgr:
    """A V4L2 camera whose own format is BGR3, as OpenCV 4.11 reads it; vivid is one."""

    def __init__(self, picture: np.ndarray, width: int, height: int) -> None:
        self._picture = picture
        self._sides = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height}

    def read(self) -> tuple[bool, np.ndarray]:
        return True, self._picture

    def get(self, what: int) -> float:
        return float(self._sides[what])


def _first(camera: CameraOfBgr) -> Any:
    (picture,) = islice(captured(cast(cv2.VideoCapture, camera), "/dev/video0", "ends"), 1)
    return picture


def test_a_picture_in_one_row_has_its_rows_again() -> None:
    whole = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(_first(CameraOfBgr(whole.reshape(1, -1), 8, 6)), whole)


def test_what_is_no_colour_picture_is_the_camera_s_fault_and_no_bug() -> None:
    with pytest.raises(UserError, match="expected pictures of 8 x 6 in colour, received 48 bytes"):
        _first(CameraOfBgr(np.zeros((6, 8), np.uint8), 8, 6))
