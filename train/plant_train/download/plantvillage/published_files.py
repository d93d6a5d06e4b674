"""The data set as its authors publish it: raw/color/CLASS/PICTURE, split lists, leaf map."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.download.plantvillage.file_tree import Archive, FileTree, Folder
from plant_train.download.plantvillage.leaves import LeafMap, leaf_of, part_by_leaf, read_leaf_map
from plant_train.download.plantvillage.release import PARTS, Part
from plant_train.download.plantvillage.source import (
    MAX_PICTURE_BYTES,
    MAX_PICTURES,
    ReleasedPicture,
    require_plain_name,
)

_ARCHIVE = "data.zip"
_LEAF_MAP = "leaf-map.json"
_MAX_LIST_BYTES = 64 << 20
_MAX_TOTAL_BYTES = 16 << 30

# A picture's class and file name.
_Picture = tuple[str, str]


class PublishedFiles:
    """Pictures of a folder or archive, split by the lists in it, else by leaf.

    Understood are a clone of the hub's repository (the pictures are in its data.zip), one of the
    authors' on GitHub, and archives of either.

    Raises:
        UserError: there are no pictures, or the lists contradict each other or the pictures.
    """

    def __init__(self, path: Path) -> None:
        notes: FileTree = Folder(path) if path.is_dir() else Archive(path)
        files: FileTree = Archive(path / _ARCHIVE) if _ARCHIVE in notes.paths else notes
        self._files = files
        self._paths = _pictures_in(files)
        self._leaves = _leaf_map(notes)
        lists = {part: _listed(notes, f"color_{part}.txt") for part in PARTS}
        if all(lists.values()):
            self.split = "official"
            self._parts = _parts_by_list(lists, self._paths, notes.where)
        else:
            self.split = "by leaf"
            self._parts = _parts_by_leaf(self._paths, self._leaves)
            say(
                f"no split lists (splits/color_train.txt, splits/color_test.txt) in {notes.where}: "
                "every fifth leaf is for testing, which is not the official split"
            )
        self.total = len(self._parts)
        unpacked = sum(files.size(self._paths[picture]) for picture in self._parts)
        if unpacked > _MAX_TOTAL_BYTES:
            raise UserError(
                f"expected pictures of at most {_MAX_TOTAL_BYTES:,} bytes together, received "
                f"{unpacked:,}: {files.where}"
            )

    def pictures(self) -> Iterator[ReleasedPicture]:
        """All pictures, in the archive's order."""
        for (label, name), part in self._parts.items():
            path = self._paths[label, name]
            yield ReleasedPicture(
                part,
                require_plain_name(label, self._files.where),
                require_plain_name(name, self._files.where),
                leaf_of(label, name, self._leaves),
                self._files.size(path),
                partial(self._files.read, path, MAX_PICTURE_BYTES),
            )


def _pictures_in(files: FileTree) -> dict[_Picture, str]:
    found: dict[_Picture, str] = {}
    for path in files.paths:
        *_, variant, label, name = ["", "", *path.split("/")]
        if variant == "color" and is_picture_name(Path(name)):
            found[label, name] = path
    if not 0 < len(found) <= MAX_PICTURES:
        raise UserError(
            f"expected 1 to {MAX_PICTURES:,} pictures in raw/color/CLASS/ of {files.where}, "
            f"received {len(found):,}"
        )
    return found


def _leaf_map(notes: FileTree) -> LeafMap:
    path = _find(notes, _LEAF_MAP)
    if path is None:
        say(f"no {_LEAF_MAP} in {notes.where}: which pictures show the same leaf is not known")
        return {}
    return read_leaf_map(notes.read(path, _MAX_LIST_BYTES), f"{path} in {notes.where}")


def _listed(notes: FileTree, name: str) -> list[_Picture]:
    path = _find(notes, name)
    if path is None:
        return []
    lines = notes.read(path, _MAX_LIST_BYTES).decode("utf-8", errors="replace").splitlines()
    parts = [line.strip().split("/") for line in lines if line.strip()]
    wrong = next((line for line in parts if len(line) < 2), None)
    if wrong:
        raise UserError(
            f"expected lines like raw/color/CLASS/PICTURE in {path} of {notes.where}, "
            f"received: {wrong[0][:80]}"
        )
    return [(line[-2], line[-1]) for line in parts]


def _parts_by_list(
    lists: dict[Part, list[_Picture]], paths: dict[_Picture, str], where: str
) -> dict[_Picture, Part]:
    in_both = set(lists["train"]) & set(lists["test"])
    if in_both:
        label, name = min(in_both)
        raise UserError(
            f"expected split lists without a common picture in {where}, received "
            f"{len(in_both)} in both, {label}/{name} for one"
        )
    parts = {picture: part for part in PARTS for picture in lists[part] if picture in paths}
    if not parts:
        raise UserError(f"expected pictures that the split lists of {where} name, received none")
    listed = sum(len(set(pictures)) for pictures in lists.values())
    if missing := listed - len(parts):
        say(f"{missing:,} of {listed:,} listed pictures are missing in {where}")
    if unlisted := len(paths) - len(parts):
        say(f"{unlisted:,} pictures of {where} are in neither list, and left out")
    return parts


def _parts_by_leaf(paths: dict[_Picture, str], leaves: LeafMap) -> dict[_Picture, Part]:
    return {
        (label, name): part_by_leaf(label, name, leaf_of(label, name, leaves))
        for label, name in paths
    }


def _find(files: FileTree, name: str) -> str | None:
    return next((path for path in files.paths if PurePosixPath(path).name == name), None)
