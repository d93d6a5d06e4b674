from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from plant_convert.normalisation import fold_rescaling

CHANNELS = 3


@given(
    seed=st.integers(0, 2**31),
    scale=st.one_of(
        st.floats(1 / 256, 2),
        arrays.arrays(np.float32, CHANNELS, elements=st.floats(0.125, 2, width=32)),
    ),
    offset=st.one_of(
        st.floats(-130, 130),
        arrays.arrays(np.float32, CHANNELS, elements=st.floats(-130, 130, width=32)),
    ),
    strides=st.integers(1, 4),
)
def test_raw_pixels_through_the_folded_convolution_are_normalised_pixels_through_the_first(
    seed: int, scale: float | np.ndarray, offset: float | np.ndarray, strides: int
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (2, 11, 10, CHANNELS)).astype(np.float32)
    convolution = keras.layers.Conv2D(4, 5, strides=strides, padding="valid")
    convolution.build(pixels.shape)
    kernel = rng.normal(size=(5, 5, CHANNELS, 4)).astype(np.float32)
    bias = rng.normal(size=4).astype(np.float32)
    convolution.set_weights([kernel, bias])
    listed = [list(np.broadcast_to(value, CHANNELS).tolist()) for value in (scale, offset)]
    rescaling = keras.layers.Rescaling(listed[0], offset=listed[1])
    expected = convolution(rescaling(pixels)).numpy()
    convolution.set_weights(fold_rescaling(kernel, bias, np.array(scale), np.array(offset)))
    # Sums of 75 products as large as 256 in float32.
    tolerance = 75 * 256 * max(1.0, float(np.max(scale))) * 1e-6 * np.abs(kernel).max()
    np.testing.assert_allclose(convolution(pixels).numpy(), expected, atol=tolerance)


def test_a_known_fold() -> None:
    kernel = np.arange(1, 7, dtype=np.float32).reshape(1, 2, 3, 1)
    folded, bias = fold_rescaling(
        kernel, np.array([10.0], np.float32), np.array([1.0, 2, 3]), np.array([-1.0, 0, 1])
    )
    assert folded.ravel().tolist() == [1, 4, 9, 4, 10, 18]
    # 10 - (1 + 4) + (3 + 6)
    assert bias.tolist() == [14]
    assert folded.dtype == bias.dtype == np.float32


def test_folding_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(3, 3, 3, 2)).astype("f4"), rng.normal(size=2).astype("f4")
    folded, moved = fold_rescaling(kernel, bias, np.array(1.0), np.array(0.0))
    assert np.array_equal(folded, kernel)
    assert moved == pytest.approx(bias)
