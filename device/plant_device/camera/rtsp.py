"""A network camera's RTSP stream, by the FFmpeg that OpenCV brings."""

import os
import re
from collections.abc import Iterator

import cv2

from plant_device.camera.address import address_in_words, camera_address
from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.live import timed
from plant_device.camera.opencv_capture import captured
from plant_device.camera.options import CameraOptions
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.native_stderr import native_stderr_aside

_TIMEOUT_MS = 10_000
"""Longer than the supervisor waits: its word is the one that is heard."""

_LONGEST_LOG = 100_000


def refusal_in_words(log: str) -> str:
    """`: ` and why a stream could not be opened, of what FFmpeg wrote meanwhile; else nothing.

    FFmpeg's last `… failed: REASON` tells it (libavformat's rtsp.c, tcp.c). Only the reason is
    taken: what stands before it can be an address with a password.
    """
    reasons = re.findall(r"[Ff]ailed[^:\n]*: ([\w ()'-]{3,80})$", log, re.MULTILINE)
    if not reasons:
        return ""
    reason = reasons[-1]
    wanted = "; expected the user and password that the camera has" if "401" in reason else ""
    return f": {reason}{wanted}"


class RtspSource:
    """Frames of an `rtsp://` or `rtsps://` address."""

    live = True

    def __init__(self, url: str, options: CameraOptions) -> None:
        """Take the address.

        Raises:
            UserError: it has no host.
        """
        self._name = address_in_words(camera_address(url))
        self._url = url

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its frames until the stream ends.

        Raises:
            UserError: it does not answer, or ended.
        """
        return timed(self._pictures(), self._name)

    def _pictures(self) -> Iterator[Picture | Damaged]:
        # Over UDP lost packets smear a picture. OpenCV reads this when it opens a stream.
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
        with native_stderr_aside() as aside:
            capture = cv2.VideoCapture(
                self._url,
                cv2.CAP_FFMPEG,
                [
                    cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS,
                    cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS,
                ],
            )  # fmt: skip
            aside.seek(0)
            why = refusal_in_words(aside.read(_LONGEST_LOG).decode(errors="replace"))
        try:
            if not capture.isOpened():
                raise UserError(f"{self._name} gives no stream that can be opened{why}")
            yield from captured(capture, self._name, "ended its stream")
        finally:
            capture.release()
