from __future__ import annotations

import numpy as np
import pytest

from plant_train.data.augment.lens import compressed, noisy, out_of_focus, shaken
from plant_train.data.augment.light import relit, shadowed


def _chequers(side: int = 120) -> np.ndarray:
    rows, columns = np.indices((side, side)) // 3
    return np.repeat(np.where((rows + columns) % 2, 200, 50)[..., None], 3, axis=2).astype(np.uint8)


def test_light_of_strength_zero_changes_nothing() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    out = relit(picture, 0.0, np.random.default_rng(1))
    assert np.abs(out.astype(int) - picture).max() <= 1


def test_light_varies_brightness_and_colour_more_the_stronger_it_is() -> None:
    grey = np.full((8, 8, 3), 120, np.uint8)

    def spread(strength: float) -> tuple[float, float]:
        means = np.array(
            [
                relit(grey, strength, np.random.default_rng(seed)).mean(axis=(0, 1))
                for seed in range(200)
            ]
        )
        return float(means.mean(axis=1).std()), float((means[:, 0] - means[:, 2]).std())

    weak, strong = spread(0.2), spread(1.0)
    assert strong[0] > 2 * weak[0] > 5
    assert strong[1] > 2 * weak[1] > 5


def test_a_shadow_darkens_a_part_and_brightens_nothing() -> None:
    picture = np.full((64, 64, 3), 200, np.uint8)
    shares = []
    for seed in range(30):
        out = shadowed(picture, np.random.default_rng(seed))
        assert out.max() <= 200
        # 1 minus the depth of at most 0.65.
        assert out.min() >= 69
        shares.append((out < 180).mean())
    assert 0.2 < np.mean(shares) < 0.8


@pytest.mark.parametrize("blur", [out_of_focus, shaken])
def test_blur_takes_detail_away_and_keeps_the_brightness(blur: object) -> None:
    assert callable(blur)
    picture = _chequers()
    for seed in range(10):
        out = blur(picture, np.random.default_rng(seed))
        assert out[20:-20, 20:-20].std() < 0.8 * picture.std()
        assert out[20:-20, 20:-20].mean() == pytest.approx(picture.mean(), abs=3)


def test_grain_has_the_promised_spread_and_no_colour_of_its_own() -> None:
    picture = np.full((64, 64, 3), 128, np.uint8)
    spreads = []
    for seed in range(20):
        out = noisy(picture, np.random.default_rng(seed)).astype(float)
        spreads.append(out.std())
        assert out.mean() == pytest.approx(128, abs=0.5)
    assert 1.5 < min(spreads) < max(spreads) < 10.5


def test_compression_keeps_the_picture_but_not_its_bytes() -> None:
    picture = _chequers()
    out = compressed(picture, np.random.default_rng(0))
    assert not np.array_equal(out, picture)
    assert np.abs(out.astype(int) - picture).mean() < 20
