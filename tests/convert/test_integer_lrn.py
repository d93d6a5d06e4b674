from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_convert.backends.tensorflow import quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import Cuts, IntegerLrn, Lrn, fitted_cuts, with_integer_lrn
from plant_device.classify.runtime import Runtime
from plant_train.archs.layers import LocalResponseNormalization

ALEXNETS = Lrn(size=5, alpha=2e-5, beta=0.75, k=1.0)


def _exact(inputs: np.ndarray) -> np.ndarray:
    """TensorFlow's own op on float [n, C]."""
    found = tf.nn.local_response_normalization(
        inputs[np.newaxis, np.newaxis].astype(np.float32), 2, 1.0, 2e-5, 0.75
    )
    return np.asarray(found[0, 0])


def _activations(rows: int = 3000) -> np.ndarray:
    """Float32 [rows, 24] as behind a ReLU: half of it zero, with a long tail."""
    rng = np.random.default_rng(0)
    return np.maximum(rng.standard_t(2.5, (rows, 24)) * 60, 0).astype(np.float32)


@pytest.mark.parametrize("scale", [0.0, 1.0, 100.0, 2000.0])
def test_without_a_cut_it_is_the_exact_function(scale: float) -> None:
    inputs = scale * np.random.default_rng(1).random((50, 16)).astype(np.float32)
    largest = float(inputs.max()) or 1.0
    sums = 1 + inputs**2 @ ALEXNETS.band(16)
    layer = IntegerLrn(ALEXNETS, Cuts(largest, float(sums.max())))
    scaled = inputs[np.newaxis, np.newaxis] * 6 / largest
    found = layer(scaled).numpy()[0, 0] / layer.scale
    np.testing.assert_allclose(found, _exact(inputs), rtol=1e-4, atol=1e-4)


def test_the_band_sums_over_the_neighbours_and_not_around_the_ends() -> None:
    sums = np.eye(7, dtype=np.float32) @ Lrn(3, 2.0, 0.75, 1.0).band(7)
    assert sums[0].tolist() == [2, 2, 0, 0, 0, 0, 0]
    assert sums[3].tolist() == [0, 0, 2, 2, 2, 0, 0]


def test_a_long_tail_is_cut_off_and_an_even_spread_is_not() -> None:
    tail = _activations()
    cuts = fitted_cuts(tail, ALEXNETS)
    assert cuts.inputs < tail.max()
    assert cuts.sums < (1 + tail**2 @ ALEXNETS.band(24)).max()
    even = np.random.default_rng(0).random((3000, 24)).astype(np.float32) * 60
    assert fitted_cuts(even, ALEXNETS).inputs == pytest.approx(even.max(), rel=0.02)


def test_nothing_but_zeros_has_cuts_too() -> None:
    cuts = fitted_cuts(np.zeros((10, 8), np.float32), ALEXNETS)
    assert cuts.inputs > 0
    assert cuts.sums >= 1


def _net(activation: str = "relu") -> keras.Model:
    """Two normalisations, one on each side of its pooling, as AlexNet's two orders have them."""
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Conv2D(16, 3, padding="same", activation=activation, name="first")(inputs)
    x = LocalResponseNormalization(5, 2e-5, 0.75, 1.0, name="norm1")(x)
    x = keras.layers.MaxPooling2D(2, name="pool1")(x)
    x = keras.layers.Conv2D(24, 3, activation="relu", name="second")(x)
    x = keras.layers.MaxPooling2D(2, name="pool2")(x)
    x = LocalResponseNormalization(5, 2e-3, 0.75, 1.0, name="norm2")(x)
    x = keras.layers.Flatten(name="flat")(x)
    model = keras.Model(inputs, keras.layers.Dense(5, name="logits")(x))
    rng = np.random.default_rng(2)
    model.set_weights(
        [
            rng.normal(size=one.shape) / np.sqrt(one.size / one.shape[-1])
            for one in model.get_weights()
        ]
    )
    return model


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    small = rng.integers(0, 256, (40, 6, 6, 3)).astype(np.uint8)
    found = [*small.repeat(4, axis=1).repeat(4, axis=2)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def test_a_graph_is_nearly_the_same_function_and_all_of_it_integer(
    pictures: list[np.ndarray],
) -> None:
    graph = inference_graph(_net())
    pixels = np.stack(pictures).astype(np.float32)
    exact = graph.predict(pixels, verbose=0)
    integer = with_integer_lrn(graph, pictures)
    assert np.corrcoef(integer.predict(pixels, verbose=0).ravel(), exact.ravel())[0, 1] > 0.9999
    # The one that was given is as it was.
    np.testing.assert_array_equal(graph.predict(pixels, verbose=0), exact)

    flatbuffer = quantise(integer, pictures)
    contents = read_contents(flatbuffer)
    assert contents.float_ops == ()
    assert set(contents.tensor_types) <= {"INT8", "INT32", "UINT8"}
    assert contents.ops.count("QUANTIZE") == 1
    runtime = Runtime(flatbuffer, side=24, classes=5, name="net")
    int8 = np.stack([runtime.logits(picture) for picture in pictures])
    noise = np.mean((int8 - exact) ** 2) / np.mean(exact**2)
    assert 10 * np.log10(1 / noise) > 28


def test_one_that_is_not_behind_a_relu_stays_and_is_named(pictures: list[np.ndarray]) -> None:
    integer = with_integer_lrn(inference_graph(_net("linear")), pictures)
    assert [type(integer.get_layer(name)) for name in ("norm1", "norm2")] == [
        LocalResponseNormalization,
        IntegerLrn,
    ]
    float_ops = read_contents(quantise(integer, pictures)).float_ops
    assert [op.split()[0] for op in float_ops] == [
        "DEQUANTIZE",
        "LOCAL_RESPONSE_NORMALIZATION",
        "QUANTIZE",
    ]


def test_a_graph_without_any_is_left_as_it_is(pictures: list[np.ndarray]) -> None:
    inputs = keras.Input((24, 24, 3))
    graph = keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(inputs)))
    assert with_integer_lrn(graph, pictures) is graph
