"""A Raspberry Pi's CSI camera by its own program, `rpicam-vid`."""

from collections.abc import Iterator

import cv2
import numpy as np

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.live import timed
from plant_device.camera.options import CameraOptions
from plant_device.camera.raw_pipe import raw_frames
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture

_SIZE = 1280, 720
_RATE = 30
# The Pi's image processor writes rows of a multiple of 64 bytes, those of the colours half as
# long, and rpicam-vid writes them as they are (issues 18 and 857 of raspberrypi/rpicam-apps).
_WIDTH_STEP = 128


class PicamSource:
    """Frames of `picam:`, or `picam:1` for the second camera."""

    live = True

    def __init__(self, number: str, options: CameraOptions) -> None:
        """Take the camera's number, 0 if there is none.

        Raises:
            UserError: it is none, or the size is one that the camera does not write.
        """
        if number and not (number.isdecimal() and len(number) < 3):
            raise UserError(f"expected picam: or picam:1, received: picam:{number}")
        self._number = number or "0"
        self._width, self._height = options.size or _SIZE
        if self._width % _WIDTH_STEP or self._height % 2:
            raise UserError(
                f"expected a width that is a multiple of {_WIDTH_STEP} and an even height of "
                f"picam:, such as 1280x720 or 640x480, received: {self._width}x{self._height}"
            )
        self._options = options

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its frames for ever.

        Raises:
            UserError: the camera cannot run, or ended.
        """
        return timed(self._pictures(), f"picam:{self._number}")

    def _pictures(self) -> Iterator[Picture]:
        rows = self._height * 3 // 2
        for frame in raw_frames(self._command(), rows * self._width, "rpicam-apps"):
            planes = frame.reshape(rows, self._width)
            yield np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)

    def _command(self) -> list[str]:
        options = self._options
        return [
            "rpicam-vid", "--nopreview", "--timeout", "0", "--flush", "--codec", "yuv420",
            "--camera", self._number, "--width", str(self._width), "--height", str(self._height),
            "--framerate", f"{options.fps or _RATE:g}",
            *(["--shutter", f"{options.exposure:.0f}"] if options.exposure is not None else []),
            *(["--autofocus-mode", "manual", "--lens-position", f"{options.focus:g}"]
              if options.focus is not None else []),
            "--output", "-",
        ]  # fmt: skip
