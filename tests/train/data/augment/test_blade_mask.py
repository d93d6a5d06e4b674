from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from plant_train.data.augment.blade_mask import blade_mask, leaf_or_blade_mask
from plant_train.data.augment.leaf_mask import leaf_mask

SIDE = 128
PAPER, LEAF, VEIN = (165, 158, 170), (60, 110, 45), (110, 150, 90)


def _filled_by_a_leaf(degrees: float) -> np.ndarray:
    """Nothing but a leaf, whose veins run so many degrees from the horizontal."""
    picture = np.full((SIDE, SIDE, 3), LEAF, np.uint8)
    along = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    across = np.array([-along[1], along[0]])
    for offset in range(-100, 101, 10):
        middle = SIDE / 2 + offset * across
        start, end = (tuple(int(v) for v in middle + sign * 200 * along) for sign in (-1, 1))
        cv2.line(picture, start, end, VEIN, 2)
    return picture


@pytest.mark.parametrize("degrees", [0, 30, 90, 135])
def test_a_blade_lies_along_the_veins(degrees: float) -> None:
    for seed in range(8):
        mask = blade_mask(_filled_by_a_leaf(degrees), np.random.default_rng(seed))
        assert mask is not None
        assert mask.shape == (SIDE, SIDE)
        assert set(np.unique(mask)) == {0, 255}
        # The direction of the second moments; the picture's edges may have cut the ellipse off.
        moments = cv2.moments(mask, binaryImage=True)
        angle = math.degrees(
            0.5 * math.atan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])
        )
        assert abs((angle - degrees + 90) % 180 - 90) < 25


def test_blades_differ_by_the_draw_and_are_the_same_for_the_same_one() -> None:
    picture = _filled_by_a_leaf(45)
    first, same, other = (
        np.array(blade_mask(picture, np.random.default_rng(seed))) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_nothing_is_cut_out_of_paper() -> None:
    paper = np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    assert blade_mask(paper, np.random.default_rng(0)) is None


def test_a_blade_holds_hardly_any_of_the_ground() -> None:
    picture = _filled_by_a_leaf(0)
    picture[: SIDE // 3] = PAPER
    for seed in range(20):
        mask = blade_mask(picture, np.random.default_rng(seed))
        if mask is not None:
            assert (mask[: SIDE // 3] > 0).sum() < 0.2 * (mask > 0).sum()


def test_where_the_leaf_can_be_told_from_its_ground_it_is_taken_whole() -> None:
    picture = np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    cv2.ellipse(picture, (64, 64), (45, 28), 30, 0, 360, LEAF, -1)
    whole = leaf_mask(picture)
    assert whole is not None
    taken = leaf_or_blade_mask(picture, np.random.default_rng(0))
    assert taken is not None
    assert np.array_equal(taken, whole)
    assert leaf_or_blade_mask(_filled_by_a_leaf(0), np.random.default_rng(0)) is not None
