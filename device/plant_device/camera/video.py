"""A video file as a source."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from plant_device.camera.frame import Frame
from plant_device.contract.errors import UserError
from plant_device.contract.native_stderr import native_stderr_aside

# What FFmpeg takes for lists of other files (libavformat's hls.c and concatdec.c), whatever the
# name's ending is.
_PLAYLISTS = (b"#EXTM3U", b"ffconcat")


class VideoSource:
    """Each frame of a video file, as fast as it is asked for."""

    live = False

    def __init__(self, path: Path) -> None:
        """Take a file.

        Raises:
            UserError: it is a playlist, which could have any other file of this machine read.
        """
        if _head(path).startswith(_PLAYLISTS):
            raise UserError(
                f"expected a video file, received a playlist, which names other files: {path}"
            )
        self._path = path

    def frames(self) -> Iterator[Frame]:
        """Yield the video's frames; ends where the file, or its readable part, ends."""
        with native_stderr_aside():
            # FFmpeg says what it misses in a file that is no video; below, an error says it.
            capture = cv2.VideoCapture(str(self._path))
        try:
            index, shown_until = 0, 0.0
            while True:
                read, picture = capture.read()
                if not read:
                    break
                seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
                # Some files' time stands still, or runs back.
                duration, shown_until = max(0.0, seconds - shown_until), max(seconds, shown_until)
                frame = np.asarray(picture, dtype=np.uint8)
                yield Frame(index, str(self._path), frame, duration)
                index += 1
        finally:
            capture.release()
        if index == 0 and _begins_as_mp4(self._path):
            raise UserError(
                f"expected a whole video, received one that is truncated, or without its index, "
                f"which stands at its end: {self._path}"
            )
        if index == 0:
            raise UserError(
                f"expected a picture, a folder of pictures or a video file, received: {self._path}"
            )


def _begins_as_mp4(path: Path) -> bool:
    """Whether its first box is a file type's, as of MP4 and MOV (ISO/IEC 14496-12, 4.3)."""
    return _head(path)[4:] == b"ftyp"


def _head(path: Path) -> bytes:
    """A file's first eight bytes, or none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError:
        return b""
