"""Validation is split off the training pictures; a test set is never looked at."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_device.contract.errors import UserError
from plant_train.data.layouts import LabelledPictures

# Pictures held out in a row. PlantVillage has at most 8 of one leaf (its leaf maps).
_STRETCH = 8


@dataclass(frozen=True)
class Split:
    """Training and validation pictures of one data set; no picture is in both."""

    training: LabelledPictures
    validation: LabelledPictures


def split(pictures: LabelledPictures, validation_fraction: float, seed: int) -> Split:
    """Split by class (stratified) and seed: every class is on both sides.

    Cameras number their pictures, and a leaf is photographed several times in a row. So
    stretches of pictures in the order of those numbers are held out, not single ones: else
    most held-out pictures would show a leaf that the training knows.

    Raises:
        UserError: a class has fewer than two pictures.
    """
    labels = np.array(pictures.labels)
    training: list[int] = []
    validation: list[int] = []
    for label, name in enumerate(pictures.classes):
        indices = np.flatnonzero(labels == label).tolist()
        if len(indices) < 2:
            raise UserError(
                f"expected at least two pictures of every class in {pictures.root}, one to train "
                f"and one to validate; {name} has {len(indices)}"
            )
        in_order = sorted(indices, key=lambda index: shooting_order(pictures.paths[index]))
        held_out = _stretches(
            len(indices), validation_fraction, np.random.default_rng((seed, label))
        )
        validation += sorted(in_order[place] for place in held_out)
        training += sorted(
            in_order[place] for place in range(len(indices)) if place not in held_out
        )
    return Split(pictures.subset(training), pictures.subset(validation))


def shooting_order(path: Path) -> tuple[tuple[str, int], ...]:
    """Sorts file names by the words and numbers in them, numbers by value.

    What stands before `___` is passed over: PlantVillage puts a random UUID there.
    """
    parts = re.findall(r"(\D*)(\d*)", path.stem.rpartition("___")[2])
    return tuple((word, int(number or -1)) for word, number in parts)


def _stretches(count: int, fraction: float, rng: np.random.Generator) -> set[int]:
    """Places in `range(count)`: about `fraction` of them, at least 1, at most `count` - 1."""
    held_out = min(max(1, round(count * fraction)), count - 1)
    stretches = max(1, round(held_out / _STRETCH))
    # One stretch in each equal part of the class, anywhere in it.
    edges = np.linspace(0, count, stretches + 1).round().astype(int)
    lengths = np.diff(np.linspace(0, held_out, stretches + 1).round().astype(int))
    places: set[int] = set()
    for start, stop, length in zip(edges[:-1], edges[1:], lengths, strict=True):
        first = int(rng.integers(start, stop - length + 1))
        places.update(range(first, first + int(length)))
    return places
