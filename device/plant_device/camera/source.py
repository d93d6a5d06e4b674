"""One string names any source: `synthetic:`, a folder, a picture, a video file."""

from pathlib import Path

from plant_device.camera.folder import FolderSource
from plant_device.camera.frame import Source
from plant_device.camera.synthetic import SyntheticSource
from plant_device.camera.video import VideoSource
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name

SOURCE_HELP = "FOLDER, PICTURE, VIDEO, or synthetic: (a camera that needs no hardware)"


def open_source(text: str) -> Source:
    """Understand a source string.

    Raises:
        UserError: it names no kind of source, and nothing on the disk.
    """
    if text == "synthetic:":
        return SyntheticSource()
    path = Path(text)
    if not text or not path.exists():
        raise UserError(
            f"expected a source: {SOURCE_HELP}; nothing is on the disk by this name. "
            f"Received: {text}"
        )
    if path.is_dir() or is_picture_name(path):
        return FolderSource(path)
    return VideoSource(path)
