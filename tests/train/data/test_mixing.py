from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plant_train.data.mixing import cut_mixed, mixed_up

SEEDS = st.integers(0, 2**31)


def _batch(count: int = 6, side: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Picture i is all i * 40, and its class is i."""
    levels = (np.arange(count) * 40).astype(np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (count, side, side, 3)).copy()
    return pictures, np.eye(count, dtype=np.float32)


@given(SEEDS)
def test_a_mixed_picture_is_as_bright_as_its_targets_say(seed: int) -> None:
    pictures, targets = mixed_up(*_batch(), np.random.default_rng(seed))
    assert pictures.dtype == np.uint8
    assert targets.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    levels = targets @ (np.arange(6) * 40)
    np.testing.assert_allclose(pictures[:, 0, 0, 0], levels, atol=0.51)


@given(SEEDS)
def test_a_cut_pictures_target_is_its_share_of_the_area(seed: int) -> None:
    pictures, targets = cut_mixed(*_batch(), np.random.default_rng(seed))
    assert targets.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    for row, picture in zip(targets, pictures, strict=True):
        for label in range(6):
            share = np.mean(picture == label * 40)
            np.testing.assert_allclose(row[label], share, atol=1e-6)


@given(SEEDS)
def test_a_weight_in_the_loss_is_mixed_like_the_classes(seed: int) -> None:
    pictures, targets = _batch()
    weighted = targets * np.arange(1, 7, dtype=np.float32)[:, None]
    for mix in (mixed_up, cut_mixed):
        _, plain = mix(pictures, targets, np.random.default_rng(seed))
        _, mixed = mix(pictures, weighted, np.random.default_rng(seed))
        np.testing.assert_allclose(mixed.sum(axis=1), plain @ np.arange(1, 7), rtol=1e-5)
