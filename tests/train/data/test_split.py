from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_train.data.labelled import LabelledPictures
from plant_train.data.split import shooting_order, split

SIZES = st.lists(st.integers(2, 40), min_size=2, max_size=6)
FRACTIONS = st.floats(0.01, 0.5)
SEEDS = st.integers(0, 2**31 - 1)


def _pictures(sizes: list[int], leaf: int = 1) -> LabelledPictures:
    """Classes of those sizes, with `leaf` pictures in a row in each group."""
    root = Path("leaves")
    classes = tuple(f"class{number}" for number in range(len(sizes)))
    places = [
        (name, index) for name, size in zip(classes, sizes, strict=True) for index in range(size)
    ]
    return LabelledPictures(
        classes,
        tuple(root / name / f"{index}.jpg" for name, index in places),
        tuple(classes.index(name) for name, _ in places),
        tuple(f"{name} leaf {index // leaf}" for name, index in places),
        (root,) * len(places),
        (None,) * len(places),
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


@given(SIZES, FRACTIONS, SEEDS, st.integers(2, 9))
def test_a_group_is_never_torn_and_every_class_with_two_groups_is_on_both_sides(
    sizes: list[int], fraction: float, seed: int, leaf: int
) -> None:
    pictures = _pictures([leaf + 1, *sizes], leaf)
    parts = split(pictures, fraction, seed)
    assert not {*parts.training.groups} & {*parts.validation.groups}
    assert len(parts.training) + len(parts.validation) == len(pictures)
    assert set(parts.training.labels) == set(pictures.labels)
    single = {f"class{at}" for at, size in enumerate([leaf + 1, *sizes]) if size <= leaf}
    assert set(parts.unvalidated) == single


@given(FRACTIONS, SEEDS, st.integers(2, 8))
def test_groups_keep_the_asked_proportion_to_within_a_group_a_stretch(
    fraction: float, seed: int, leaf: int
) -> None:
    held_out = len(split(_pictures([160, 160], leaf), fraction, seed).validation)
    wanted = round(160 * fraction)
    stretches = max(1, round(wanted / 8))
    assert abs(held_out / 2 - wanted) <= stretches * leaf


@given(SEEDS)
def test_groups_that_span_classes_are_held_out_for_all_of_them(seed: int) -> None:
    # Ten fields, each with four pictures of each of three classes.
    pictures = _pictures([40, 40, 40])
    fields = tuple(f"field {index % 40 // 4}" for index in range(120))
    parts = split(replace(pictures, groups=fields), 0.1, seed)
    assert not {*parts.training.groups} & {*parts.validation.groups}
    assert len(set(parts.validation.groups)) == 1
    assert Counter(parts.validation.labels) == {0: 4, 1: 4, 2: 4}


def test_a_huge_group_is_not_held_out_by_choice() -> None:
    pictures = _pictures([100, 20])
    groups = tuple(
        "film" if 5 <= index < 95 else group for index, group in enumerate(pictures.groups)
    )
    for seed in range(20):
        parts = split(replace(pictures, groups=groups), 0.1, seed)
        assert "film" not in parts.validation.groups
        assert 1 <= Counter(parts.validation.labels)[0] <= 10


def test_one_leaf_in_every_class_leaves_nothing_to_hold_out() -> None:
    with pytest.raises(UserError, match=r"a class with two groups in leaves: .*validation folder$"):
        split(_pictures([4, 4], leaf=4), 0.1, 0)
