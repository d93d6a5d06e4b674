"""A folder that holds one folder of pictures a class."""

from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.data.labelled import LabelledPictures
from plant_train.data.leaf_ids import known_groups


def recognises(place: Path) -> bool:
    """Whether `place` is a folder."""
    return place.is_dir()


def read(root: Path) -> LabelledPictures:
    """Read a folder of class folders; each picture anywhere below one carries its name.

    A class folder without a picture is a class without pictures.

    Raises:
        UserError: there is no class folder.
    """
    folders = sorted(folder for folder in root.iterdir() if _is_class_folder(folder))
    if not folders:
        raise UserError(f"expected class folders with pictures in {root}: it has no folders")
    for folder in folders:
        if not folder.name.isprintable():
            raise UserError(f"expected a printable name, received the folder {folder.name!r}")
    found = [sorted(path for path in folder.rglob("*") if _is_picture(path)) for folder in folders]
    paths = tuple(path for paths in found for path in paths)
    labels = tuple(label for label, paths in enumerate(found) for _ in paths)
    classes = tuple(folder.name for folder in folders)
    groups = known_groups(paths, [classes[label] for label in labels], root)
    return LabelledPictures(
        classes, paths, labels, groups, (root,) * len(paths), (None,) * len(paths)
    )


def _is_class_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _is_picture(path: Path) -> bool:
    # A link to nowhere too, which reading then tells of: a data set whose disk is not mounted
    # would be a smaller one.
    return is_picture_name(path) and (path.is_file() or not path.exists())
