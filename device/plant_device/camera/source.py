"""One string names any source; what follows a `#` in it sets the camera."""

import errno
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from plant_device.camera.adjusted import AdjustedSource
from plant_device.camera.frame import Source
from plant_device.camera.options import CameraOptions, read_options
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name

SOURCE_HELP = (
    "FOLDER, PICTURE, VIDEO, usb:0, picam:, csi:0, rtsp://…, http://…, gst:PIPELINE, or synthetic: "
    "(a camera that needs no hardware)"
)

# The module and the class of each kind, loaded where it is met; whether an address is its argument,
# whose name is a part of it, or what stands behind the colon.
_KINDS: Mapping[str, tuple[str, str, bool]] = {
    "usb": ("usb", "UsbSource", False),
    "picam": ("picam", "PicamSource", False),
    "csi": ("gst", "CsiSource", False),
    "gst": ("gst", "GstSource", False),
    "synthetic": ("synthetic", "SyntheticSource", False),
    "rtsp": ("rtsp", "RtspSource", True),
    "rtsps": ("rtsp", "RtspSource", True),
    "http": ("http_stream", "HttpSource", True),
    "https": ("http_stream", "HttpSource", True),
}
# A password may have an @ in it: the last one counts, as for who opens the address.
_PASSWORD = re.compile(r"(?<=://)[^/?#\s]*@")


def open_source(text: str) -> Source:
    """Understand a source string; the source is opened when its frames are asked for.

    Raises:
        UserError: it names no kind of source, and nothing on the disk.
    """
    if text and "\n" not in text and "\0" not in text:
        if _exists(text) and not text.startswith("/dev/"):
            return _on_disk(Path(text))
        # A path may have the sign in it; options come after the last.
        named, _, options_text = text.rpartition("#") if "#" in text else (text, "", "")
        options = read_options(options_text)
        if named.startswith("/dev/"):
            return _adjusted(_of_kind("usb", named, options), options)
        kind = named.partition(":")[0]
        if ":" in named and kind in _KINDS:
            _, _, address = _KINDS[kind]
            argument = named if address else named.partition(":")[2]
            return _adjusted(_of_kind(kind, argument, options), options)
        if named and _exists(named):
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


def _of_kind(kind: str, argument: str, options: CameraOptions) -> Source:
    module, name, _ = _KINDS[kind]
    source: Source = getattr(import_module(f"plant_device.camera.{module}"), name)(
        argument, options
    )
    return source


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError as error:
        # So is many a pipeline.
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise UserError(f"cannot look for a source at {name}: {error.strerror}") from None


def _on_disk(path: Path) -> Source:
    if not (path.is_dir() or path.is_file()):
        raise UserError(f"expected a file or a folder, received something else, as a pipe: {path}")
    if path.is_dir() or is_picture_name(path):
        from plant_device.camera.folder import FolderSource

        return FolderSource(path)
    from plant_device.camera.video import VideoSource

    return VideoSource(path)
