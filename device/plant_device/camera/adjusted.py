"""A source whose frames are turned, mirrored and cut as its options say."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from plant_device.camera.frame import Damaged, Frame, Source
from plant_device.camera.options import CameraOptions
from plant_device.contract.geometry import Picture

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_AXES = {"h": 1, "v": 0}


class AdjustedSource:
    """Another source, its frames adjusted."""

    def __init__(self, source: Source, options: CameraOptions) -> None:
        self.live = source.live
        self._source = source
        self._options = options

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield them.

        Raises:
            UserError: as the other source.
        """
        for frame in self._source.frames():
            if isinstance(frame, Frame):
                frame = replace(frame, picture=adjusted(frame.picture, self._options))
            yield frame


def adjusted(picture: Picture, options: CameraOptions) -> Picture:
    """BGR uint8 [H, W, 3]: turned first, then mirrored, then cut, to a pixel at the least."""
    if options.rotate:
        picture = np.asarray(cv2.rotate(picture, _TURNS[options.rotate]), np.uint8)
    if options.flip:
        picture = np.asarray(cv2.flip(picture, _AXES[options.flip]), np.uint8)
    height, width = picture.shape[:2]
    left, top, wide, high = options.region
    x, y = min(int(left * width), width - 1), min(int(top * height), height - 1)
    return picture[y : y + max(1, round(high * height)), x : x + max(1, round(wide * width))]
