"""Which pictures show the same leaf, from what their makers wrote down.

PlantVillage photographs a leaf several times. Its authors' leaf-map.json
(github.com/spMohanty/PlantVillage-Dataset, leaf_grouping/) has for a file's name, in lower case and
without the random prefix and the ending, the leaves that it may show: {"rs_hl 1735":
["Potato___healthy:::1.0", …]}. Tables by leaf, {"leaf 1": ["a.jpg", …]}, are understood too.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.data.groups import shared_names

LeafMap = dict[str, tuple[str, ...]]

_MAP_NAMES = ("leaf-map.json", "leaf_grouping/leaf-map.json")
# From raw/color/ up to the checkout that holds leaf_grouping/.
_LEVELS_ABOVE = 3
_MAX_BYTES = 64_000_000
_SHEET = ":::"
_PREFIX = "___"

# A UUID names a photograph: copies of it (turned, mirrored) keep the UUID.
_UUID = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=___)", re.IGNORECASE)
_COPY = re.compile(r"(?<=\d)_\w+$")
# "GH_HL Leaf 259.1", "GHLB_PS Leaf 23.7 Day 13": what follows the point or the day is one picture.
_LEAF_NUMBER = re.compile(r"^(.*\bleaf[ _-]?\d+)(?!\d)", re.IGNORECASE)


def known_groups(paths: Sequence[Path], labels: Sequence[str], root: Path) -> tuple[str, ...]:
    """For each picture the name of its group, "" where nothing is known.

    Args:
        labels: the pictures' class names: leaf numbers begin anew in each class.
        root: where to look for a leaf-map.json, and in the folders above it.

    Raises:
        UserError: there is a leaf map, and it cannot be read.
    """
    leaf_map = find_leaf_map(root)
    ids = [_ids(path, label, leaf_map) for path, label in zip(paths, labels, strict=True)]
    return shared_names(ids)


def find_leaf_map(root: Path) -> LeafMap:
    """The leaf map of a data set, by `camera_name`; empty where there is none.

    Raises:
        UserError: there is one, and it is not what it should be.
    """
    here = root.absolute()
    for folder in [here, *here.parents[:_LEVELS_ABOVE]]:
        for name in _MAP_NAMES:
            if (folder / name).is_file():
                return read_leaf_map(folder / name)
    return {}


def read_leaf_map(file: Path) -> LeafMap:
    """Read a leaf map of either direction.

    Raises:
        UserError: it is too large, no JSON, or no object of names and lists of names.
    """
    expected = f"expected a leaf map {{name: [names]}} of at most {_MAX_BYTES:,} bytes in {file}"
    if file.stat().st_size > _MAX_BYTES:
        raise UserError(f"{expected}, received {file.stat().st_size:,} bytes")
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{expected}: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"{expected}, received a {type(content).__name__}")
    leaf_map: dict[str, list[str]] = {}
    for key, value in content.items():
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UserError(f"{expected}; {key[:80]!r} has something else")
        for name in names:
            picture, leaf = (name, key) if is_picture_name(Path(name)) else (key, name)
            leaf_map.setdefault(camera_name(picture), []).append(leaf)
    return {picture: tuple(leaves) for picture, leaves in leaf_map.items()}


def camera_name(name: str) -> str:
    """A file's name as PlantVillage's leaf map writes it: `uuid___RS_HL 12 copy.JPG` is `rs_hl 12`.

    As the authors' own create_db.py does it, so that the same pictures are found; what copies
    have behind the camera's number (`_flipLR`, `_90deg`) is left out too.
    """
    path = Path(name)
    stem = path.stem if is_picture_name(path) else path.name
    camera = _COPY.sub("", stem.rpartition(_PREFIX)[2])
    return camera.split("copy")[0].strip().lower()


def _ids(path: Path, label: str, leaf_map: LeafMap) -> list[str]:
    found = [f"leaf {leaf}" for leaf in _leaf(leaf_map.get(camera_name(path.name), ()), label)]
    if photograph := _UUID.match(path.name):
        found.append(f"photograph {photograph[0].lower()}")
    if leaf := _LEAF_NUMBER.match(camera_name(path.name)):
        found.append(f"leaf {label}: {leaf[1]}")
    return found


def _leaf(candidates: tuple[str, ...], label: str) -> tuple[str, ...]:
    """The leaf of this class among those that have a picture of this name.

    A sheet of the map is not always named as the class (Apple_Frogeye Spot holds the leaves of
    Apple___Black_rot), so that the crop decides where no sheet has the class's name.
    """
    exact = [leaf for leaf in candidates if leaf.partition(_SHEET)[0] == label]
    same_crop = [leaf for leaf in candidates if _SHEET not in leaf or _crop(leaf) == _crop(label)]
    return tuple(exact or (same_crop if len(same_crop) == 1 else []))


def _crop(name: str) -> str:
    return re.split(r"[^a-z]", name.lower(), maxsplit=1)[0]
