"""Whether OpenCV and NumPy were compiled for each other, and what OpenCV can read."""

import re
import shutil
from typing import TypedDict

from plant_device.board.finding import Asked, Finding
from plant_device.contract.errors import UserError
from plant_device.contract.own_process import ask_apart

_SECONDS = 60.0


class Imported(TypedDict):
    """Versions, and what OpenCV was built with."""

    opencv: str
    numpy: str
    build: str


def check(asked: Asked) -> list[Finding]:
    """Import both, in a process that they may end."""
    try:
        imported = ask_apart(import_both, seconds=_SECONDS)
    except UserError as error:
        return [Finding("OpenCV", "failure", str(error), mending(str(error)))]
    told = f"OpenCV {imported['opencv']}, NumPy {imported['numpy']}"
    return [
        Finding("OpenCV", "ok", told),
        video(
            imported["build"], asked.source or "", gst_launch=bool(shutil.which("gst-launch-1.0"))
        ),
    ]


def import_both() -> Imported:
    """Import NumPy, then OpenCV, which brings a module compiled for one NumPy."""
    import cv2
    import numpy as np

    return Imported(opencv=cv2.__version__, numpy=np.__version__, build=cv2.getBuildInformation())


def mending(error: str) -> str:
    """What to do about an import that failed."""
    if "multiarray" in error or "_ARRAY_API" in error:
        return (
            "pip install 'numpy<2': this OpenCV was compiled for NumPy 1; or "
            "pip install opencv-python-headless, which is compiled for NumPy 2"
        )
    if "libGL" in error or "libgthread" in error:
        return (
            "pip uninstall opencv-python, then pip install opencv-python-headless, which needs no "
            "screen"
        )
    if "numpy" in error.lower():
        return "pip install --force-reinstall numpy"
    return "pip install --force-reinstall opencv-python-headless"


def video(build: str, source: str, *, gst_launch: bool) -> Finding:
    """What OpenCV's build information says of cameras, and whether the source needs it.

    Args:
        gst_launch: whether GStreamer's program is there, which `csi:` and `gst:` use.
    """
    v4l2, gstreamer, ffmpeg = (
        re.search(rf"^\s*{name}:\s+YES", build, re.MULTILINE) is not None
        for name in ("v4l/v4l2", "GStreamer", "FFMPEG")
    )
    has = {"V4L2": v4l2, "FFmpeg": ffmpeg, "GStreamer": gstreamer, "gst-launch-1.0": gst_launch}
    told = ", ".join(f"{name} {'yes' if there else 'no'}" for name, there in has.items())
    if source.startswith(("usb:", "/dev/")) and not v4l2:
        return Finding(
            "video", "failure", told, "pip install opencv-python-headless: usb: needs its V4L2"
        )
    if source.startswith(("csi:", "gst:")) and not gst_launch:
        return Finding("video", "failure", told, "apt install gstreamer1.0-tools")
    if source.startswith("rtsp") and not ffmpeg:
        return Finding(
            "video", "failure", told, "pip install opencv-python-headless: rtsp: needs its FFmpeg"
        )
    if not (v4l2 and ffmpeg):
        return Finding(
            "video",
            "warning",
            told,
            "pip install opencv-python-headless: USB cameras need V4L2, videos and rtsp: FFmpeg",
        )
    return Finding("video", "ok", told)
