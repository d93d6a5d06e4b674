from __future__ import annotations

import numpy as np

from plant_train.data.outliers import outlier

SIDE = 32


def test_an_outlier_is_a_scene_or_a_scrambled_leaf() -> None:
    leaf = np.zeros((36, 36, 3), np.uint8)
    # Each row of the leaf has its own level, so that a window of it is known by its rows.
    leaf[:] = np.arange(36, dtype=np.uint8)[:, None, None]
    scene = np.full((40, 40, 3), 200, np.uint8)
    rng = np.random.default_rng(0)
    made = [outlier(leaf, [scene], SIDE, rng) for _ in range(200)]
    assert all(picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8 for picture in made)
    scenes = [picture for picture in made if (picture == 200).all()]
    scrambled = [picture for picture in made if picture.max() < 36]
    assert len(scenes) + len(scrambled) == 200
    assert 120 <= len(scenes) <= 175
    # Not a leaf any more: the rows are no longer in order.
    ordered = [(np.diff(picture[:, 0, 0].astype(int)) >= 0).all() for picture in scrambled]
    assert sum(ordered) <= 1


def test_equal_generators_give_equal_outliers() -> None:
    rng = np.random.default_rng(1)
    leaf, scene = rng.integers(0, 256, (2, 36, 36, 3)).astype(np.uint8)
    one, same = (
        [outlier(leaf, [scene], SIDE, generator) for _ in range(6)]
        for generator in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert np.array_equal(one, same)
