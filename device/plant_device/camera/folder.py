"""A folder of pictures (or one picture) as a source, in the order of the names."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from plant_device.camera.frame import Damaged, Frame
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name, read_picture


def picture_paths(path: Path) -> list[Path]:
    """The pictures below a folder, sorted by path; a file is taken as it is.

    Raises:
        UserError: nothing is there, or no picture in the folder.
    """
    if not path.exists():
        raise UserError(f"expected a picture or a folder of pictures at {path}: nothing is there")
    if not path.is_dir():
        return [path]
    # Unlike rglob, it does not mind that a folder is deleted meanwhile.
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    found = sorted(file for file in files if is_picture_name(file) and file.is_file())
    if not found:
        raise UserError(f"expected pictures (JPEG, PNG, WebP, BMP, TIFF) below {path}: none found")
    return found


class FolderSource:
    """Each picture below `path` is one frame."""

    live = False

    def __init__(self, path: Path) -> None:
        self._paths = picture_paths(path)

    def frames(self) -> Iterator[Frame | Damaged]:
        """Yield one frame a picture; of one that cannot be read, why."""
        for index, path in enumerate(self._paths):
            try:
                picture = read_picture(path)
            except UserError as error:
                yield Damaged(str(error))
                continue
            yield Frame(index, str(path), picture[:, :, ::-1], duration=math.inf)
