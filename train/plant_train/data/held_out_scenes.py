"""Which of a user's pictures without a leaf no training shows: whole groups, as of leaves."""

from collections.abc import Sequence
from pathlib import Path

from plant_train.data.groups import grouped
from plant_train.data.layouts.below import pictures_of_one_class
from plant_train.data.near_duplicates import hash_files, near_pairs
from plant_train.data.split import split

_FRACTION = 0.1


def held_out_scenes(root: Path, paths: Sequence[Path], seed: int) -> frozenset[int]:
    """Indices of about a tenth of `paths`, at least one, drawn by the seed.

    What was taken in a row goes together, and what looks the same: a film's pictures would
    know each other.

    Args:
        root: the folder that they are in.

    Raises:
        UserError: there are fewer than two, or all look the same.
    """
    alike = near_pairs(hash_files(paths, f"looking for near duplicates in {root}"))
    pictures = grouped(pictures_of_one_class(root, paths), alike)
    chosen = set(split(pictures, _FRACTION, seed).validation.paths)
    return frozenset(index for index, path in enumerate(paths) if path in chosen)
