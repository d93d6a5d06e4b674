"""GStreamer pipelines by `gst-launch-1.0`: any, and a Jetson's CSI camera.

OpenCV's wheels have no GStreamer; the program is in every JetPack.
"""

import shlex
from collections.abc import Iterator, Sequence

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.live import timed
from plant_device.camera.options import CameraOptions
from plant_device.camera.raw_pipe import raw_frames
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture

_SIZE = 1280, 720
_PACKAGE = "gstreamer1.0-tools"


class GstSource:
    """Frames of `gst:PIPELINE`, whose last element gives raw video in any format."""

    live = True

    def __init__(self, pipeline: str, options: CameraOptions) -> None:
        """Understand the pipeline, as `gst-launch-1.0` would.

        Raises:
            UserError: it is empty, or quotes in it do not end.
        """
        try:
            words = shlex.split(pipeline)
        except ValueError as error:
            raise UserError(f"expected a GStreamer pipeline after gst: ({error})") from None
        if not words:
            raise UserError("expected a GStreamer pipeline after gst:, such as gst:videotestsrc")
        self._words = words
        self._options = options

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its frames until it ends.

        Raises:
            UserError: the pipeline cannot run, or ended.
        """
        return timed(_pictures(self._words, self._options), "gst:")


class CsiSource:
    """Frames of a Jetson's CSI camera, `csi:0`."""

    live = True

    def __init__(self, sensor: str, options: CameraOptions) -> None:
        """Take the sensor's number.

        Raises:
            UserError: it is none.
        """
        if not (sensor.isdecimal() and len(sensor) < 3):
            raise UserError(
                f"expected csi: and a sensor's number such as csi:0, received: csi:{sensor}"
            )
        width, height = options.size or _SIZE
        rate = f",framerate={_fraction(options.fps)}" if options.fps else ""
        # nvarguscamerasrc counts nanoseconds, and takes a range.
        exposure = (
            [f"exposuretimerange={options.exposure:.0f} {options.exposure:.0f}"]
            if options.exposure is not None
            else []
        )
        self._words = [
            "nvarguscamerasrc", f"sensor-id={sensor}", *exposure, "!",
            f"video/x-raw(memory:NVMM),width={width},height={height}{rate}", "!",
            "nvvidconv", "!", "video/x-raw,format=BGRx",
        ]  # fmt: skip
        self._sensor = sensor
        self._options = options

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield its frames for ever.

        Raises:
            UserError: the camera cannot run, or ended.
        """
        return timed(_pictures(self._words, self._options), f"csi:{self._sensor}")


def _pictures(words: Sequence[str], options: CameraOptions) -> Iterator[Picture]:
    width, height = options.size or _SIZE
    command = [
        "gst-launch-1.0", "-q", *words, "!",
        "videoconvert", "!", "videoscale", "!",
        f"video/x-raw,format=BGR,width={width},height={height}", "!",
        # Not sync: what is late is shown all the same.
        "fdsink", "fd=1", "sync=false",
    ]  # fmt: skip
    # GStreamer pads each row to four bytes.
    row = (width * 3 + 3) // 4 * 4
    for frame in raw_frames(command, row * height, _PACKAGE):
        yield frame.reshape(height, row)[:, : width * 3].reshape(height, width, 3)


def _fraction(fps: float) -> str:
    return f"{round(fps * 1000)}/1000"
