"""The pictures of records: JPEG files, one folder a day."""

import io
import secrets
from datetime import datetime, timezone
from pathlib import Path

from PIL import Image

from plant_device.contract.atomic import write_atomically
from plant_device.contract.geometry import Picture

FOLDER = "pictures"
_QUALITY = 92


def write_picture(folder: Path, picture: Picture, taken_at: datetime) -> str:
    """Write a picture and have it on the disk, under a name that is new.

    Args:
        folder: the store's.
        picture: RGB uint8 [H, W, 3].

    Returns:
        Its path below the folder.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    moment = taken_at.astimezone(timezone.utc)
    name = f"{FOLDER}/{moment:%Y-%m-%d}/{moment:%H%M%S}-{secrets.token_hex(6)}.jpg"
    # Through memory: on a full disk Pillow cuts a JPEG short and says nothing.
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=_QUALITY)
    write_atomically(folder / name, content.getvalue())
    return name


def picture_file(folder: Path, name: str | None) -> Path | None:
    """The file of a record's picture; None where there is none, or what is named is another file.

    Args:
        folder: the store's, which may be a stranger's.
        name: as the record has it.
    """
    try:
        path = (folder / (name or "")).resolve()
        inside = path.is_relative_to((folder / FOLDER).resolve())
        return path if inside and path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def delete_picture(folder: Path, name: str | None) -> None:
    """Remove a record's picture, where `picture_file` finds one.

    Raises:
        OSError: the disk cannot be written.
    """
    path = picture_file(folder, name)
    if path:
        path.unlink(missing_ok=True)
