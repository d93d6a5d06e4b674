from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.classify.quality import Quality, QualityLimits, measure_quality, refusal

LIMITS = QualityLimits()
FINE = Quality(bright_end=0.7, clipped=0.0, sharpness=0.5, leaf_share=0.4)


def _leaf() -> np.ndarray:
    """A green blade with veins on grey grain, RGB uint8 [256, 256, 3]."""
    random = np.random.default_rng(0)
    picture = np.full((256, 256, 3), (150, 145, 150), np.float32)
    cv2.ellipse(picture, (128, 128), (100, 55), 30, 0, 360, (70, 130, 50), -1)
    for offset in range(-80, 81, 20):
        cv2.line(picture, (128 + offset, 90), (128 + offset, 170), (110, 165, 90), 2)
    picture += random.normal(0, 6, (256, 256, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_known_pictures_have_known_measures() -> None:
    grey = measure_quality(np.full((64, 64, 3), 102, np.uint8))
    assert grey == Quality(bright_end=0.4, clipped=0.0, sharpness=0.0, leaf_share=0.0)
    half = np.zeros((64, 64, 3), np.uint8)
    half[:32] = 255
    half[32:, :16] = (40, 140, 40)
    measured = measure_quality(half)
    assert measured.clipped == 0.5
    assert measured.leaf_share == 1 / 8
    assert measured.bright_end == 1.0


def test_sharpness_does_not_depend_on_contrast() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2
    strong, weak = (
        np.repeat((100 + height * checks)[..., np.newaxis], 3, axis=2).astype(np.uint8)
        for height in (100, 20)
    )
    assert measure_quality(strong).sharpness == pytest.approx(measure_quality(weak).sharpness)
    # Each pixel differs from its four neighbours: the Laplacian is 8 half heights.
    assert measure_quality(strong).sharpness == pytest.approx(64, rel=0.05)


@pytest.mark.parametrize("colour", [(60, 140, 50), (170, 150, 60), (120, 80, 40), (90, 120, 100)])
def test_green_yellow_and_brown_are_a_leafs_colours(colour: tuple[int, int, int]) -> None:
    assert measure_quality(np.full((32, 32, 3), colour, np.uint8)).leaf_share == 1


@pytest.mark.parametrize(
    "colour", [(60, 80, 170), (170, 40, 120), (128, 128, 128), (250, 250, 250)]
)
def test_sky_petals_walls_and_paper_are_not(colour: tuple[int, int, int]) -> None:
    assert measure_quality(np.full((32, 32, 3), colour, np.uint8)).leaf_share == 0


def test_a_leaf_is_not_refused() -> None:
    assert refusal(measure_quality(_leaf()), LIMITS) is None


def test_what_a_field_does_to_a_picture_is_told() -> None:
    leaf = _leaf()
    found = {
        "too_dark": (leaf * 0.15).astype(np.uint8),
        "too_bright": np.clip(leaf * 4.0, 0, 255).astype(np.uint8),
        "blurred": cv2.GaussianBlur(leaf, (0, 0), 4),
        "nothing_leaf_like": np.repeat(leaf[..., :1], 3, axis=2),
    }
    for cause, picture in found.items():
        decision = refusal(measure_quality(picture), LIMITS)
        assert decision is not None, cause
        assert decision.cause == cause
        assert decision.kind == ("not_leaf" if cause == "nothing_leaf_like" else "unsure")


@given(
    st.builds(
        Quality,
        bright_end=st.floats(0, 1),
        clipped=st.floats(0, 1),
        sharpness=st.floats(0, 100),
        leaf_share=st.floats(0, 1),
    )
)
def test_a_picture_is_refused_where_it_breaks_a_limit_and_nowhere_else(quality: Quality) -> None:
    within = (
        quality.bright_end >= LIMITS.min_bright_end
        and quality.clipped <= LIMITS.max_clipped
        and quality.sharpness >= LIMITS.min_sharpness
        and quality.leaf_share >= LIMITS.min_leaf_share
    )
    assert (refusal(quality, LIMITS) is None) == within


def test_the_reason_has_the_measure_and_the_limit() -> None:
    blurred = Quality(bright_end=0.7, clipped=0.0, sharpness=0.0012, leaf_share=0.4)
    decision = refusal(blurred, LIMITS)
    assert decision is not None
    assert decision.reason == "blurred: sharpness 0.0012 is below 0.0060"
    assert refusal(FINE, LIMITS) is None
