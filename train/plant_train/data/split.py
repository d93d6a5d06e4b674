"""Validation is split off the training pictures, whole groups at a time."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_device.contract.errors import UserError
from plant_train.data.labelled import LabelledPictures

# Pictures held out in a row. PlantVillage has at most 8 of one leaf (its leaf maps).
STRETCH = 8
# How many times larger than what is wanted a group may be that is held out by choice.
_OVERSHOOT = 2


@dataclass(frozen=True)
class Split:
    """Training and validation pictures of one data set; no picture is in both."""

    training: LabelledPictures
    validation: LabelledPictures

    @property
    def unvalidated(self) -> tuple[str, ...]:
        """Classes that have no validation picture."""
        held_out = set(self.validation.labels)
        names = enumerate(self.training.classes)
        return tuple(name for label, name in names if label not in held_out)


def split(pictures: LabelledPictures, validation_fraction: float, seed: int) -> Split:
    """Split by class (stratified), group and seed; every class with two groups is on both sides.

    Cameras number their pictures, and a leaf is photographed several times in a row. So
    stretches of pictures in the order of those numbers are held out, not single ones: else
    most held-out pictures would show a leaf that the training knows. A group is held out whole:
    where its middle lies in a stretch.

    Args:
        pictures: each with a group (`plant_train.data.groups.grouped`).

    Raises:
        UserError: a class has fewer than two pictures, or none has two groups.
    """
    held_out = _HeldOut(pictures)
    for label, name in enumerate(pictures.classes):
        members = in_shooting_order(pictures, label)
        count = sum(map(len, members.values()))
        if count < 2:
            raise UserError(
                f"expected at least two pictures of every class in {pictures.where}, one to train "
                f"and one to validate; {name} has {count}"
            )
        free = {group: number for group, number in members.items() if group not in held_out.groups}
        # A group of several classes may have been held out for one before this.
        already = count - sum(map(len, free.values()))
        missing = min(max(1, round(count * validation_fraction)), count - 1) - already
        if missing > 0:
            chosen = _in_stretches(free, missing, np.random.default_rng((seed, label)))
            if not held_out.add(chosen) and not already:
                held_out.add_one(sorted(free, key=lambda group: len(free[group])))
    return held_out.split()


def in_shooting_order(pictures: LabelledPictures, label: int) -> dict[str, list[int]]:
    """The pictures of a class by group, both in the order in which they were taken.

    Returns:
        indices by group; a group comes where its first picture does.
    """
    indices = np.flatnonzero(np.equal(pictures.labels, label)).tolist()
    members: dict[str, list[int]] = defaultdict(list)
    for index in sorted(indices, key=lambda index: shooting_order(pictures.paths[index])):
        members[pictures.groups[index]].append(index)
    return members


def shooting_order(path: Path) -> tuple[tuple[str, int], ...]:
    """Sorts file names by the words and numbers in them, numbers by value.

    What stands before `___` is passed over: PlantVillage puts a random UUID there.
    """
    parts = re.findall(r"(\D*)(\d*)", path.stem.rpartition("___")[2])
    return tuple((word, int(number or -1)) for word, number in parts)


class _HeldOut:
    """The groups that are held out so far."""

    def __init__(self, pictures: LabelledPictures) -> None:
        self.groups: set[str] = set()
        self._pictures = pictures
        self._training = Counter(pictures.labels)
        self._classes: dict[str, Counter[int]] = defaultdict(Counter)
        for group, label in zip(pictures.groups, pictures.labels, strict=True):
            self._classes[group][label] += 1

    def add(self, groups: Iterable[str]) -> bool:
        """Hold out those groups that leave every class a picture to train; tells if any did."""
        outcomes = [self._try(group) for group in groups]
        return any(outcomes)

    def add_one(self, groups: Iterable[str]) -> bool:
        """Hold out the first group that leaves every class a picture to train."""
        return any(self._try(group) for group in groups)

    def split(self) -> Split:
        """The two sides."""
        if not self.groups:
            raise UserError(
                f"expected a class with two groups in {self._pictures.where}: all the pictures of "
                "each class show one leaf or are copies of one another, so that none can be held "
                "out; add pictures of other leaves, or a validation folder"
            )
        sides = np.array([group in self.groups for group in self._pictures.groups])
        return Split(
            self._pictures.subset(np.flatnonzero(~sides).tolist()),
            self._pictures.subset(np.flatnonzero(sides).tolist()),
        )

    def _try(self, group: str) -> bool:
        taken = self._classes[group]
        if any(self._training[label] <= number for label, number in taken.items()):
            return False
        self.groups.add(group)
        self._training.subtract(taken)
        return True


def _in_stretches(
    members: dict[str, list[int]], wanted: int, rng: np.random.Generator
) -> list[str]:
    """The groups whose middle lies in one of the stretches, about `wanted` pictures in all."""
    ends = np.cumsum([len(indices) for indices in members.values()])
    middles = ends - (np.diff(ends, prepend=0) + 1) // 2
    places = _stretches(int(ends[-1]), wanted, rng)
    return [
        group
        for group, middle in zip(members, middles.tolist(), strict=True)
        if middle in places and len(members[group]) <= _OVERSHOOT * wanted
    ]


def _stretches(count: int, held_out: int, rng: np.random.Generator) -> set[int]:
    """`held_out` places in `range(count)`, in stretches spread over it."""
    stretches = max(1, round(held_out / STRETCH))
    # One stretch in each equal part of the class, anywhere in it.
    edges = np.linspace(0, count, stretches + 1).round().astype(int)
    lengths = np.diff(np.linspace(0, held_out, stretches + 1).round().astype(int))
    places: set[int] = set()
    for start, stop, length in zip(edges[:-1], edges[1:], lengths, strict=True):
        first = int(rng.integers(start, stop - length + 1))
        places.update(range(first, first + int(length)))
    return places
