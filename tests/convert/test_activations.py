from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_convert.activations import Activation, int8_range, observed
from plant_convert.backends import Method
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.flatbuffer import read_contents


def _activation(sample: np.ndarray) -> Activation:
    return Activation(float(sample.min()), float(sample.max()), sample.astype(np.float32))


def _error(sample: np.ndarray, ends: tuple[float, float]) -> float:
    """Mean square of what 256 steps between the ends lose."""
    low, high = ends
    step = (high - low) / 255
    stepped = low + step * np.rint((np.clip(sample, low, high) - low) / step)
    return float(np.mean((stepped - sample) ** 2))


@given(
    st.integers(0, 2**31), st.floats(-50, 50), st.floats(0.01, 100), st.sampled_from(list(Method))
)
def test_a_range_holds_zero_and_lies_within_what_was_seen(
    seed: int, centre: float, spread: float, method: Method
) -> None:
    activation = _activation(np.random.default_rng(seed).normal(centre, spread, 500))
    low, high = int8_range(activation, method)
    assert min(activation.least, 0) - 1e-4 <= low <= 0 <= high <= max(activation.most, 0) + 1e-4
    assert low < high


def test_min_max_takes_what_the_sample_missed_too() -> None:
    activation = Activation(-7.0, 90.0, np.linspace(-1, 1, 100, dtype=np.float32))
    assert int8_range(activation, Method.MIN_MAX) == (-7.0, 90.0)
    assert int8_range(Activation(2.0, 5.0, np.ones(3)), Method.MIN_MAX) == (0.0, 5.0)


def test_percentile_leaves_a_ten_thousandth_out_at_each_end() -> None:
    sample = np.linspace(-1, 1, 100_001)
    low, high = int8_range(_activation(sample), Method.PERCENTILE)
    assert low == pytest.approx(-0.9998, abs=1e-6)
    assert high == pytest.approx(0.9998, abs=1e-6)


def test_mse_cuts_a_lone_value_off_where_that_loses_less() -> None:
    sample = np.append(np.random.default_rng(0).uniform(0, 1, 1_000_000), 10.0)
    activation = _activation(sample)
    ranges = {method: int8_range(activation, method) for method in Method}
    assert 1 < ranges[Method.MSE][1] < 5
    errors = {method: _error(sample, ends) for method, ends in ranges.items()}
    assert errors[Method.MSE] < 0.6 * errors[Method.MIN_MAX]
    assert errors[Method.MSE] < errors[Method.PERCENTILE]
    # Of a few values it is worth the steps.
    assert int8_range(_activation(sample[-1000:]), Method.MSE) == (0.0, 10.0)


def test_mse_keeps_all_of_an_even_spread() -> None:
    sample = np.random.default_rng(0).uniform(-3, 5, 20_000)
    assert int8_range(_activation(sample), Method.MSE) == pytest.approx((-3, 5), abs=0.01)


def test_each_op_s_values_are_seen() -> None:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    graph = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(x)))
    pictures = [*np.random.default_rng(1).integers(0, 256, (5, 8, 8, 3)).astype(np.uint8)]
    flatbuffer = float32_flatbuffer(graph)
    seen = observed(flatbuffer, pictures)
    layers = read_contents(flatbuffer).layers
    assert list(seen) == [layer.name for layer in layers]
    pixels = np.stack(pictures).astype(np.float32)
    for layer, exact in (
        (layers[0], graph.layers[1](pixels).numpy()),
        (layers[-1], graph(pixels).numpy()),
    ):
        activation = seen[layer.name]
        assert activation.least == pytest.approx(exact.min(), rel=1e-4, abs=1e-3)
        assert activation.most == pytest.approx(exact.max(), rel=1e-4)
        assert len(activation.sample) == exact.size
        assert activation.sample.min() >= activation.least
