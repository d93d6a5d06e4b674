from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from plant_train.data.augment import picture_key, random_crop_and_mirror

STORED, SIDE = 36, 32


def _leaf(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (STORED, STORED, 3)).astype(np.uint8)


def _views(leaf: np.ndarray) -> dict[bytes, tuple[int, int, bool]]:
    """Every picture that may come out: bytes to (top, left, mirrored)."""
    return {
        (crop[:, ::-1] if mirrored else crop).tobytes(): (top, left, mirrored)
        for top in range(STORED - SIDE + 1)
        for left in range(STORED - SIDE + 1)
        for crop in [leaf[top : top + SIDE, left : left + SIDE]]
        for mirrored in (False, True)
    }


def _augmented(leaf: np.ndarray, seed: int, epoch: int, index: int) -> np.ndarray:
    picture = random_crop_and_mirror(tf.constant(leaf), SIDE, picture_key(seed, epoch, index))
    return np.asarray(picture.numpy())


def test_what_comes_out_is_a_window_of_the_picture_and_half_of_them_are_mirror_images() -> None:
    leaf = _leaf()
    views = _views(leaf)
    seen = [views[_augmented(leaf, 0, 0, index).tobytes()] for index in range(300)]
    assert len({(top, left) for top, left, _ in seen}) == 25
    # 150 of 300 expected, five standard deviations allowed.
    assert 107 <= sum(mirrored for _, _, mirrored in seen) <= 193


def test_equal_keys_give_equal_pictures_and_any_other_number_gives_others() -> None:
    leaf = _leaf()
    first = [_augmented(leaf, 3, 1, index) for index in range(8)]
    assert np.array_equal(first, [_augmented(leaf, 3, 1, index) for index in range(8)])
    assert not np.array_equal(first, [_augmented(leaf, 4, 1, index) for index in range(8)])
    assert not np.array_equal(first, [_augmented(leaf, 3, 2, index) for index in range(8)])
    assert len({picture.tobytes() for picture in first}) > 4


@pytest.mark.parametrize("parallel", [None, 2])
def test_the_same_comes_out_inside_a_data_set_as_eagerly(parallel: int | None) -> None:
    leaves = np.stack([_leaf(seed) for seed in range(6)])
    mapped = tf.data.Dataset.from_tensor_slices((leaves, np.arange(6, dtype=np.int32))).map(
        lambda leaf, index: random_crop_and_mirror(leaf, SIDE, picture_key(5, 2, index)),
        num_parallel_calls=parallel,
    )
    assert mapped.element_spec.shape == (SIDE, SIDE, 3)
    assert mapped.element_spec.dtype == tf.uint8
    for index, picture in enumerate(mapped.as_numpy_iterator()):
        assert np.array_equal(picture, _augmented(leaves[index], 5, 2, index))
