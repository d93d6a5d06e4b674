"""What lies beside the leaves of a training must not be, hold or lie among them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from plant_device.camera.folder import picture_paths
from plant_device.contract.errors import UserError
from plant_train.data.layouts.parts import find_parts


def require_apart(folder: Path, data: Sequence[Path], what: str) -> None:
    """Refuse a folder that is one of a data set's, lies in one or holds one.

    Args:
        data: data sets as `fit` gets them; a table's pictures may lie anywhere.
        what: the option that named the folder.

    Raises:
        UserError: it does.
    """
    parts = [part for one in data for part in find_parts(one).named().values()]
    for part in filter(Path.is_dir, parts):
        relation = _relation(folder.resolve(), part.resolve())
        if relation:
            raise UserError(
                f"expected a folder apart from the leaves for {what}, received {folder}, which "
                f"{relation} {part}"
            )


def require_other_pictures(folder: Path, leaves: Sequence[Path], what: str) -> None:
    """Refuse a folder of pictures that show no leaf when some of them are leaves.

    Args:
        leaves: the pictures of the training.
        what: the option that named the folder.

    Raises:
        UserError: a file has the same content as a leaf's, or there is no picture.
    """
    pictures = picture_paths(folder)
    # Most files differ in size alone, and need not be read.
    sizes = _sizes(pictures) & _sizes(leaves)
    known = {_digest(leaf): leaf for leaf in leaves if leaf.stat().st_size in sizes}
    same = [
        (picture, known[digest])
        for picture in pictures
        if picture.stat().st_size in sizes and (digest := _digest(picture)) in known
    ]
    if same:
        picture, leaf = same[0]
        raise UserError(
            f"expected pictures for {what} that are not in the training data, {len(same)} of "
            f"{len(pictures)} in {folder} are; the first: {picture} is the same as {leaf}"
        )


def _relation(folder: Path, leaves: Path) -> str | None:
    if folder == leaves:
        return "is"
    if leaves in folder.parents:
        return "lies in"
    return "holds" if folder in leaves.parents else None


def _sizes(paths: Iterable[Path]) -> set[int]:
    return {path.stat().st_size for path in paths}


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
