from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from plant_convert.compress.factors import factored, rank_for, response_subspaces
from plant_convert.compress.regression import (
    in_factors,
    refit_convolutions,
    regression,
    solved,
    windows,
)
from plant_convert.compress.responses import layer_responses


def _rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, a kernel, and responses of which the kernel explains the most."""
    rng = np.random.default_rng(seed)
    x = rng.normal(1, 1, (4000, 20)).astype(np.float32)
    kernel = rng.normal(size=(20, 12))
    y = x @ kernel + 3 + rng.normal(0, 0.01, (4000, 12))
    return x, kernel, y.astype(np.float32)


def test_a_kernel_that_is_off_is_put_right() -> None:
    x, kernel, y = _rows()
    better = solved(regression(x, y), kernel + 0.3)
    assert np.abs(better - kernel).max() < 0.01


def test_what_the_inputs_do_not_show_stays_as_it_was() -> None:
    x, kernel, y = _rows()
    x[:, 0] = 7
    better = solved(regression(x, y), kernel)
    np.testing.assert_allclose(better[0], kernel[0])


@pytest.mark.parametrize("rank", [12, 5])
def test_factors_of_a_rank_give_what_the_best_kernel_of_that_rank_gives(rank: int) -> None:
    x, kernel, y = _rows()
    sums = regression(x, y)
    left, right, bias = in_factors(sums, solved(sums, kernel), rank)
    assert left.shape == (20, rank)
    given = x @ left @ right + bias
    centred = y - y.mean(axis=0)
    least = (np.linalg.svd(centred, compute_uv=False)[rank:] ** 2).sum()
    assert ((given - y) ** 2).sum() == pytest.approx(least, rel=0.05, abs=10)


@pytest.mark.parametrize(
    ("side", "stride", "padding"),
    [(3, 1, "same"), (3, 2, "same"), (4, 3, "same"), (5, 4, "valid"), (1, 2, "valid")],
)
def test_windows_are_what_a_convolution_sees(side: int, stride: int, padding: str) -> None:
    inputs = keras.Input((13, 11, 4))
    layer = layers.Conv2D(6, side, strides=stride, padding=padding, use_bias=False)
    model = keras.Model(inputs, layer(inputs))
    features = np.random.default_rng(0).normal(size=(3, 13, 11, 4)).astype(np.float32)
    given = np.asarray(model(features)).reshape(3, -1, 6)
    positions = np.array([0, 2, given.shape[1] - 1])
    seen = windows(features, layer, positions)
    assert seen.shape == (9, side, side, 4)
    np.testing.assert_allclose(
        seen.reshape(9, -1) @ layer.get_weights()[0].reshape(-1, 6),
        given[:, positions].reshape(9, 6),
        atol=1e-4,
    )


def test_refitted_convolutions_are_nearer_to_the_whole_model(
    model: keras.Model, pictures: np.ndarray
) -> None:
    responses = layer_responses(model, pictures, seed=0)
    subspaces = response_subspaces(model, responses)
    ranks = {name: rank_for(found, 0.8) for name, found in subspaces.items()}
    small = factored(model, subspaces, ranks)
    other = np.roll(pictures, 5, axis=2).astype(np.float32)
    before_dense = [
        keras.Model(one.input, one.get_layer("without_bias").output) for one in (model, small)
    ]

    def error() -> float:
        whole, ours = (np.asarray(one(other, training=False)) for one in before_dense)
        return float(np.mean((whole - ours) ** 2))

    plain = error()
    refit_convolutions(small, model, responses, pictures)
    assert error() < 0.9 * plain
