"""One string names any source; what follows a `#` in it sets the camera."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from plant_device.camera.adjusted import AdjustedSource
from plant_device.camera.folder import FolderSource
from plant_device.camera.frame import Source
from plant_device.camera.gst import CsiSource, GstSource
from plant_device.camera.http_stream import HttpSource
from plant_device.camera.options import CameraOptions, read_options
from plant_device.camera.picam import PicamSource
from plant_device.camera.rtsp import RtspSource
from plant_device.camera.synthetic import SyntheticSource
from plant_device.camera.usb import UsbSource
from plant_device.camera.video import VideoSource
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name

SOURCE_HELP = (
    "FOLDER, PICTURE, VIDEO, usb:0, picam:, csi:0, rtsp://…, http://…, gst:PIPELINE, or synthetic: "
    "(a camera that needs no hardware)"
)

# Of kinds whose name is a part of what they take, an address, the whole is handed on.
_KINDS: Mapping[str, Callable[[str, CameraOptions], Source]] = {
    "usb": lambda text, options: UsbSource(_behind(text), options),
    "picam": lambda text, options: PicamSource(_behind(text), options),
    "csi": lambda text, options: CsiSource(_behind(text), options),
    "gst": lambda text, options: GstSource(_behind(text), options),
    "synthetic": lambda text, options: SyntheticSource(_behind(text), options),
    "rtsp": RtspSource,
    "rtsps": RtspSource,
    "http": HttpSource,
    "https": HttpSource,
}
_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")


def open_source(text: str) -> Source:
    """Understand a source string; the source is opened when its frames are asked for.

    Raises:
        UserError: it names no kind of source, and nothing on the disk.
    """
    if text and "\n" not in text and "\0" not in text:
        if Path(text).exists() and not text.startswith("/dev/"):
            return _on_disk(Path(text))
        # A path may have the sign in it; options come after the last.
        named, _, options_text = text.rpartition("#") if "#" in text else (text, "", "")
        options = read_options(options_text)
        if named.startswith("/dev/"):
            return _adjusted(UsbSource(named, options), options)
        kind = named.partition(":")[0]
        if ":" in named and kind in _KINDS:
            return _adjusted(_KINDS[kind](named, options), options)
        if named and Path(named).exists():
            return _adjusted(_on_disk(Path(named)), options)
    raise UserError(
        f"expected a source: {SOURCE_HELP}; nothing is on the disk by this name. "
        f"Received: {without_password(text)}"
    )


def without_password(text: str) -> str:
    """A text for logs and records: user and password in addresses are left out."""
    return _PASSWORD.sub("", text)


def _adjusted(source: Source, options: CameraOptions) -> Source:
    return source if options == CameraOptions() else AdjustedSource(source, options)


def _behind(text: str) -> str:
    return text.partition(":")[2]


def _on_disk(path: Path) -> Source:
    return FolderSource(path) if path.is_dir() or is_picture_name(path) else VideoSource(path)
