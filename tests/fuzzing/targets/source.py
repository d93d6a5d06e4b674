"""Source strings: which camera, and how it is set."""

import os
from contextlib import chdir
from pathlib import Path

from target import Target

from plant_device.camera import gst, http_stream, picam, rtsp, synthetic, usb
from plant_device.camera.source import open_source, without_password

_SOURCES = (
    "a.png", "usb:0#size=1280x720&fps=30&rotate=90&flip=h&region=0.25,0,0.5,1", "/dev/video0",
    "usb:/dev/video1#exposure=100&focus=-1.5", "picam:1#size=640x480", "csi:0#fps=29.97",
    "rtsp://user:p@ss@camera.local:554/stream?password=x", "http://[::1]:8080/shot.jpg#fps=0.5",
    "gst:videotestsrc pattern='ball' ! queue", "synthetic:live,hang@100,resize@7",
    "film.mp4#flip=v",
)  # fmt: skip
# Loaded where they are met, which is too late to be measured.
_KINDS = (gst, http_stream, picam, rtsp, synthetic, usb)


def _read(content: bytes, folder: Path) -> object:
    # As Python decodes an argument, in which a zero cannot be; a settings file's may have one.
    text = os.fsdecode(content)
    for name in ("a.png", "film.mp4"):
        (folder / name).touch()
    with chdir(folder):
        without_password(text)
        return None if _is_of_this_machine(text, folder) else open_source(text)


def _is_of_this_machine(text: str, folder: Path) -> bool:
    """Whether it is a path of something else than the target's files: all of `/` takes minutes."""
    try:
        path = Path(text.rpartition("#")[0] if "#" in text else text).resolve()
        return path.exists() and not path.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


TARGET = Target(
    _read,
    lambda: [source.encode() for source in _SOURCES],
    tokens=(
        "usb:", "picam:", "csi:", "gst:", "synthetic:", "rtsp://", "rtsps://", "http://",
        "https://", "/dev/", "#", "&", "@", "size=", "fps=", "rotate=", "flip=", "region=",
        "exposure=", "focus=", "hang@", "die@", "a.png",
    ),
)  # fmt: skip
