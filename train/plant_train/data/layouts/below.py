"""All the pictures in a folder and its folders, whatever these are called: one class."""

from collections.abc import Sequence
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.data.labelled import LabelledPictures


def read_pictures_below(root: Path) -> LabelledPictures:
    """The pictures as one class that has the folder's name.

    Raises:
        UserError: the folder is missing or holds no picture.
    """
    if not root.is_dir():
        raise UserError(f"expected a folder of pictures at {root}: there is none")
    paths = tuple(
        sorted(path for path in root.rglob("*") if is_picture_name(path) and path.is_file())
    )
    if not paths:
        raise UserError(f"expected pictures in {root}: it has none")
    return pictures_of_one_class(root, paths)


def pictures_of_one_class(root: Path, paths: Sequence[Path]) -> LabelledPictures:
    """Some pictures below a folder, as one class that has its name; nothing groups them."""
    count = len(paths)
    return LabelledPictures(
        (root.resolve().name,),
        tuple(paths),
        (0,) * count,
        ("",) * count,
        (root,) * count,
        (None,) * count,
    )
