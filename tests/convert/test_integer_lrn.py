from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_convert.backends.tensorflow import quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import (
    Curve,
    Form,
    IntegerLrn,
    Lrn,
    fitted_curve,
    fitted_form,
    with_integer_lrn,
)
from plant_convert.lrn_power import LrnPower
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


@pytest.mark.parametrize("beta", [0.5, 0.75, 1.0])
@pytest.mark.parametrize(("end", "off"), [(0.5, 0.0005), (4.0, 0.025), (20.0, 0.19)])
def test_a_curve_is_near_the_power_and_constant_beyond_its_end(
    beta: float, end: float, off: float
) -> None:
    lrn = Lrn(5, 2e-5, beta, 1.0)
    t = np.linspace(0, end, 400)
    exact = (1 + t) ** -beta
    curve = fitted_curve(t, exact**-2, lrn, end)
    np.testing.assert_allclose(curve(t), exact, rtol=off)
    assert curve(np.array([end, 2 * end, 1e6])).tolist() == [curve(np.array(end))] * 3


def test_a_curve_is_nearest_where_the_weights_are() -> None:
    t = np.linspace(0, 20, 400)
    low, high = (
        abs(fitted_curve(t, weights, ALEXNETS, 20.0)(t) - (1 + t) ** -0.75)
        for weights in (np.exp(-t), np.exp(t - 20))
    )
    assert low[:40].max() < high[:40].max()
    assert low[-40:].max() > high[-40:].max()


@pytest.mark.parametrize("scale", [1.0, 100.0, 300.0])
@pytest.mark.parametrize("channels", [16, 24, 48])
def test_the_layer_is_x_times_the_curve_at_its_window(scale: float, channels: int) -> None:
    inputs = scale * np.random.default_rng(1).random((50, channels)).astype(np.float32)
    cut = float(inputs.max())
    t = inputs**2 @ ALEXNETS.band(channels)
    curve = fitted_curve(t.ravel(), np.ones(t.size), ALEXNETS, float(t.max()))
    layer = IntegerLrn(ALEXNETS, Form(cut, curve))
    places = inputs.reshape(1, 5, 10, channels)
    found = layer(places * 6 / cut).numpy().reshape(50, channels) / layer.scale
    np.testing.assert_allclose(found, inputs * curve(t), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found, _exact(inputs), rtol=0.08)


def test_the_layer_cuts_its_window_off_where_the_curve_ends() -> None:
    curve = Curve(end=0.5, factor=0.5, p=2.0, q=1.5, a=1.0, b=0.1)
    layer = IntegerLrn(ALEXNETS, Form(1000.0, curve))
    inputs = np.full((1, 1, 1, 8), 900.0, np.float32)
    found = layer(inputs * 6 / 1000).numpy() / layer.scale
    np.testing.assert_allclose(found, 900 * curve(np.array(0.5)), rtol=1e-5)


def test_the_band_sums_over_the_neighbours_and_not_around_the_ends() -> None:
    sums = np.eye(7, dtype=np.float32) @ Lrn(3, 2.0, 0.75, 1.0).band(7)
    assert sums[0].tolist() == [2, 2, 0, 0, 0, 0, 0]
    assert sums[3].tolist() == [0, 0, 2, 2, 2, 0, 0]


@pytest.mark.parametrize(
    ("size", "channels", "shape"),
    [
        (5, 96, (1, 3, 16, 16)),
        (33, 32, (1, 3, 16, 16)),
        (35, 32, (1, 1, 32, 32)),
        (5, 24, (1, 1, 24, 24)),
    ],
)
def test_the_window_of_blocks_is_the_band(size: int, channels: int, shape: tuple[int, ...]) -> None:
    lrn = Lrn(size, 2.0, 0.75, 1.0)
    window = lrn.window(channels)
    assert window.shape == shape
    values = np.random.default_rng(0).random((4, channels)).astype(np.float32)
    rows = values.reshape(1, 4, channels // shape[-1], shape[-1])
    sums = tf.nn.conv2d(rows, window, 1, "SAME").numpy().reshape(4, channels)
    np.testing.assert_allclose(sums, values @ lrn.band(channels), rtol=1e-5)


def test_a_long_tail_is_cut_off_and_an_even_spread_is_not() -> None:
    tail = _activations()
    form = fitted_form(tail, ALEXNETS)
    assert form.cut < tail.max()
    assert form.curve.end < (tail**2 @ ALEXNETS.band(24)).max()
    even = np.random.default_rng(0).random((3000, 24)).astype(np.float32) * 60
    assert fitted_form(even, ALEXNETS).cut == pytest.approx(even.max(), rel=0.02)


def test_a_fitted_form_is_near_the_function_that_it_stands_for() -> None:
    rng = np.random.default_rng(0)
    values = np.maximum(rng.exponential(60, (3000, 24)) - 20, 0).astype(np.float32)
    form = fitted_form(values, ALEXNETS)
    exact = _exact(values)
    found = np.minimum(values, form.cut) * form.curve(values**2 @ ALEXNETS.band(24))
    assert 10 * np.log10(np.mean(exact**2) / np.mean((found - exact) ** 2)) > 35


def test_nothing_but_zeros_has_a_form_too() -> None:
    form = fitted_form(np.zeros((10, 8), np.float32), ALEXNETS)
    assert form.cut > 0
    assert form.curve.end > 0


def _net(activation: str = "relu") -> keras.Model:
    """Two normalisations, one on each side of its pooling, as AlexNet's two orders have them."""
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Conv2D(16, 3, padding="same", activation=activation, name="first")(inputs)
    x = LocalResponseNormalization(5, 2e-5, 0.75, 1.0, name="norm1")(x)
    x = keras.layers.MaxPooling2D(2, name="pool1")(x)
    x = keras.layers.Conv2D(24, 3, activation="relu", name="second")(x)
    x = keras.layers.MaxPooling2D(2, name="pool2")(x)
    x = LocalResponseNormalization(5, 2e-4, 0.75, 1.0, name="norm2")(x)
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


@pytest.mark.parametrize(
    ("power", "ops"),
    [(LrnPower.LOG_EXP, {"LOG", "EXP"}), (LrnPower.RSQRT, {"RSQRT"}), (LrnPower.TANH, {"TANH"})],
)
def test_the_power_is_made_of_the_ops_that_were_asked_for(
    pictures: list[np.ndarray], power: LrnPower, ops: set[str]
) -> None:
    graph = inference_graph(_net())
    pixels = np.stack(pictures).astype(np.float32)
    exact = graph.predict(pixels, verbose=0)
    integer = with_integer_lrn(graph, pictures, power)
    assert np.corrcoef(integer.predict(pixels, verbose=0).ravel(), exact.ravel())[0, 1] > 0.9999
    contents = read_contents(quantise(integer, pictures))
    assert contents.float_ops == ()
    assert {"LOG", "EXP", "RSQRT", "TANH"} & set(contents.ops) == ops


def test_as_float_all_stay(pictures: list[np.ndarray]) -> None:
    graph = inference_graph(_net())
    assert with_integer_lrn(graph, pictures, LrnPower.FLOAT) is graph


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
