"""A folder of pictures and no folders: one class, named after the folder."""

from pathlib import Path

from plant_device.contract.picture_file import is_picture_name
from plant_train.data.labelled import LabelledPictures
from plant_train.data.leaf_ids import known_groups


def recognises(place: Path) -> bool:
    """Whether `place` is a folder that holds pictures, and no folder that could be a class."""
    if not place.is_dir():
        return False
    entries = [entry for entry in place.iterdir() if not entry.name.startswith(".")]
    return any(map(_is_picture, entries)) and not any(entry.is_dir() for entry in entries)


def read(root: Path) -> LabelledPictures:
    """Read the pictures of the folder."""
    paths = tuple(sorted(path for path in root.iterdir() if _is_picture(path)))
    name = root.resolve().name
    groups = known_groups(paths, [name] * len(paths), root)
    return LabelledPictures(
        (name,), paths, (0,) * len(paths), groups, (root,) * len(paths), (None,) * len(paths)
    )


def _is_picture(path: Path) -> bool:
    return is_picture_name(path) and path.is_file()
