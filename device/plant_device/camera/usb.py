"""A USB camera, or any other that Linux shows as /dev/videoN."""

import re
from collections.abc import Iterator
from pathlib import Path

import cv2

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.live import timed
from plant_device.camera.opencv_capture import captured
from plant_device.camera.options import CameraOptions
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture

_MJPG = cv2.VideoWriter.fourcc(*"MJPG")
_MANUAL_EXPOSURE = 1  # V4L2_EXPOSURE_MANUAL, linux/v4l2-controls.h


class UsbSource:
    """Frames of a Video4Linux device by OpenCV."""

    live = True

    def __init__(self, name: str, options: CameraOptions) -> None:
        """Take `0` or `/dev/video0`.

        Raises:
            UserError: it is neither.
        """
        if re.fullmatch("[0-9]{1,3}", name):
            name = f"/dev/video{int(name)}"
        if not name.startswith("/dev/"):
            raise UserError(
                "expected usb: and a number, or a device such as usb:/dev/video0, "
                f"received: usb:{name}"
            )
        self._device = Path(name)
        self._options = options

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its frames for ever.

        Raises:
            UserError: it is not there, may not be read, or gives no more frames.
        """
        return timed(self._pictures(), str(self._device))

    def _pictures(self) -> Iterator[Picture | Damaged]:
        if not self._device.exists():
            raise UserError(
                f"expected a camera at {self._device}: nothing is there; is it plugged in?"
            )
        try:
            self._device.open("rb").close()
        except PermissionError:
            raise UserError(
                f"{self._device} may not be read: add this user to the group video"
            ) from None
        except OSError as error:
            raise UserError(f"{self._device} cannot be opened: {error.strerror}") from None
        capture = cv2.VideoCapture(str(self._device), cv2.CAP_V4L2)
        try:
            if not capture.isOpened():
                raise UserError(f"expected a camera that takes pictures at {self._device}")
            self._set(capture)
            yield from captured(capture, str(self._device), "gives no more frames")
        finally:
            capture.release()

    def _set(self, capture: cv2.VideoCapture) -> None:
        # Uncompressed frames of more than 640 x 480 do not fit through USB 2 at full rate.
        capture.set(cv2.CAP_PROP_FOURCC, _MJPG)
        # The oldest of several would come first after a pause.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        options = self._options
        if options.size:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.size[1])
        if options.fps:
            capture.set(cv2.CAP_PROP_FPS, options.fps)
        if options.exposure is not None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL_EXPOSURE)
            capture.set(cv2.CAP_PROP_EXPOSURE, options.exposure)
        if options.focus is not None:
            capture.set(cv2.CAP_PROP_AUTOFOCUS, 0)
            capture.set(cv2.CAP_PROP_FOCUS, options.focus)
