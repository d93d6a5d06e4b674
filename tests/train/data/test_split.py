from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_train.data.layouts import LabelledPictures
from plant_train.data.split import shooting_order, split

SIZES = st.lists(st.integers(2, 40), min_size=2, max_size=6)
FRACTIONS = st.floats(0.01, 0.5)
SEEDS = st.integers(0, 2**31 - 1)


def _pictures(sizes: list[int]) -> LabelledPictures:
    root = Path("leaves")
    classes = tuple(f"class{number}" for number in range(len(sizes)))
    return LabelledPictures(
        root,
        classes,
        tuple(
            root / name / f"{index}.jpg"
            for name, size in zip(classes, sizes, strict=True)
            for index in range(size)
        ),
        tuple(label for label, size in enumerate(sizes) for _ in range(size)),
    )


@given(SIZES, FRACTIONS, SEEDS)
def test_every_picture_is_on_exactly_one_side_with_its_own_label(
    sizes: list[int], fraction: float, seed: int
) -> None:
    pictures = _pictures(sizes)
    parts = split(pictures, fraction, seed)
    sides = [*zip(parts.training.paths, parts.training.labels, strict=True)]
    sides += [*zip(parts.validation.paths, parts.validation.labels, strict=True)]
    assert sorted(sides) == sorted(zip(pictures.paths, pictures.labels, strict=True))
    assert parts.training.classes == parts.validation.classes == pictures.classes


@given(SIZES, FRACTIONS, SEEDS)
def test_every_class_is_on_both_sides_in_the_asked_proportion(
    sizes: list[int], fraction: float, seed: int
) -> None:
    parts = split(_pictures(sizes), fraction, seed)
    trained, held_out = Counter(parts.training.labels), Counter(parts.validation.labels)
    for label, size in enumerate(sizes):
        assert trained[label] >= 1
        assert held_out[label] >= 1
        # Half a picture of rounding, or the one that must be there.
        assert held_out[label] == 1 or abs(held_out[label] - size * fraction) <= 0.5


@given(SIZES, FRACTIONS, SEEDS)
def test_the_same_seed_gives_the_same_split(sizes: list[int], fraction: float, seed: int) -> None:
    assert split(_pictures(sizes), fraction, seed) == split(_pictures(sizes), fraction, seed)


def test_other_seeds_give_other_splits() -> None:
    splits = {split(_pictures([40, 40]), 0.25, seed).validation.paths for seed in range(10)}
    assert len(splits) == 10


def test_a_class_keeps_its_split_when_another_class_grows() -> None:
    small = split(_pictures([30, 10]), 0.2, 7).validation.paths[:6]
    assert split(_pictures([30, 25]), 0.2, 7).validation.paths[:6] == small


def test_a_class_with_a_single_picture_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"at least two pictures of every class .*class1 has 1$"):
        split(_pictures([5, 1, 5]), 0.1, 0)


@given(SIZES, FRACTIONS, SEEDS)
def test_held_out_pictures_stand_in_a_row_as_they_were_taken(
    sizes: list[int], fraction: float, seed: int
) -> None:
    validation = split(_pictures(sizes), fraction, seed).validation
    for name in validation.classes:
        numbers = sorted(int(path.stem) for path in validation.paths if path.parent.name == name)
        stretches = 1 + sum(after != before + 1 for before, after in pairwise(numbers))
        assert stretches <= max(1, round(len(numbers) / 8))


@pytest.mark.parametrize(
    "names",
    [
        ["IMG_9.jpg", "IMG_10.jpg", "IMG_10(2).jpg", "IMG_101.jpg", "RS 1.jpg"],
        # PlantVillage's own numbers, behind a random prefix.
        ["f9___RS_HL 9.JPG", "0a___RS_HL 10.JPG", "c3___RS_HL 211 2.JPG", "b1___RS_HL 212.JPG"],
    ],
)
def test_pictures_are_in_the_order_of_the_cameras_numbers(names: list[str]) -> None:
    order = [shooting_order(Path(name)) for name in names]
    assert order == sorted(order)
    assert len(set(order)) == len(names)
