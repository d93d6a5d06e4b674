from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from plant_train.archs.layers import GroupedConv2D, LocalResponseNormalization

SIZE, ALPHA, BETA, K = 5, 2e-5, 0.75, 1.0


def _values(seed: int, shape: tuple[int, ...], spread: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * spread).astype(np.float32)


def _lrn_by_hand(
    x: np.ndarray, size: int = SIZE, alpha: float = ALPHA, beta: float = BETA, k: float = K
) -> np.ndarray:
    """Krizhevsky 2012, section 3.3, one channel after another."""
    wide = x.astype(np.float64)
    y = np.empty_like(wide)
    for channel in range(x.shape[-1]):
        first = max(0, channel - size // 2)
        last = min(x.shape[-1] - 1, channel + size // 2)
        total = (wide[..., first : last + 1] ** 2).sum(axis=-1)
        y[..., channel] = wide[..., channel] / (k + alpha * total) ** beta
    return y


def _with_gradient(function: object, x: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs)  # type: ignore[operator]
        total = tf.reduce_sum(outputs * weights)
    return outputs.numpy(), tape.gradient(total, inputs).numpy()


@pytest.mark.parametrize("training", [False, True])
def test_local_response_normalisation_is_the_papers_formula(training: bool) -> None:
    # Values as large as after AlexNet's conv1, so that the sum weighs more than k.
    x = _values(0, (2, 3, 3, 12), spread=300)
    layer = LocalResponseNormalization(SIZE, ALPHA, BETA, K)
    np.testing.assert_allclose(layer(x, training=training).numpy(), _lrn_by_hand(x), rtol=2e-5)


@pytest.mark.parametrize("training", [False, True])
def test_a_known_value_of_local_response_normalisation(training: bool) -> None:
    x = np.array([[[[3.0, 4.0, 0.0, 12.0]]]], np.float32)
    layer = LocalResponseNormalization(size=3, alpha=1.0, beta=0.75, k=0.0)
    # Windows of three channels: 9 + 16, 9 + 16 + 0, 16 + 0 + 144, 0 + 144.
    expected = [3 / 25**0.75, 4 / 25**0.75, 0.0, 12 / 144**0.75]
    np.testing.assert_allclose(layer(x, training=training).numpy()[0, 0, 0], expected, rtol=1e-5)


@given(
    seed=st.integers(0, 2**31),
    channels=st.integers(1, 12),
    size=st.sampled_from([1, 3, 5, 7]),
    alpha=st.floats(1e-6, 1e-1),
    k=st.floats(0.5, 3),
    spread=st.sampled_from([0.1, 10.0, 300.0]),
)
def test_its_training_form_has_the_values_and_gradients_of_tensorflows_op(
    seed: int, channels: int, size: int, alpha: float, k: float, spread: float
) -> None:
    x = _values(seed, (2, 2, 3, channels), spread)
    weights = _values(seed + 1, x.shape)
    layer = LocalResponseNormalization(size, alpha, 0.75, k)
    ours = _with_gradient(lambda inputs: layer(inputs, training=True), x, weights)
    theirs = _with_gradient(
        lambda inputs: tf.nn.local_response_normalization(inputs, size // 2, k, alpha, 0.75),
        x,
        weights,
    )
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=1e-5 * spread)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("training", [False, True])
def test_normalisation_keeps_the_inputs_type_and_shape(training: bool) -> None:
    layer = LocalResponseNormalization(SIZE, ALPHA, BETA, K, dtype="bfloat16")
    x = tf.cast(_values(0, (1, 4, 5, 7), 100), tf.bfloat16)
    y = layer(x, training=training)
    assert y.dtype == tf.bfloat16
    assert y.shape == x.shape
    exact = _lrn_by_hand(tf.cast(x, tf.float32).numpy())
    np.testing.assert_allclose(tf.cast(y, tf.float32).numpy(), exact, rtol=0.03, atol=0.1)


@pytest.mark.parametrize(("size", "beta"), [(4, 0.75), (5, 0.5)])
def test_normalisation_refuses_what_it_does_not_compute(size: int, beta: float) -> None:
    with pytest.raises(ValueError, match=r"expected beta 0\.75 and an odd size"):
        LocalResponseNormalization(size, ALPHA, beta, K)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
def test_the_grouped_convolution_has_the_values_and_gradients_of_keras_own(
    padding: str, strides: int
) -> None:
    settings = {"strides": strides, "padding": padding, "groups": 2, "activation": "relu"}
    ours, theirs = GroupedConv2D(6, 3, **settings), keras.layers.Conv2D(6, 3, **settings)
    x = _values(0, (2, 9, 8, 4))
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights([_values(1, (3, 3, 2, 6)), _values(2, (6,))])
    ours.set_weights(theirs.get_weights())
    weights = _values(3, theirs(x).shape)
    for mine, other in zip(
        _with_gradient(ours, x, weights), _with_gradient(theirs, x, weights), strict=True
    ):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)
    gradients = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x) * weights)
        gradients.append(tape.gradient(total, layer.trainable_variables))
    for mine, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-4, atol=1e-4)


def test_both_layers_survive_being_saved(tmp_path: Path) -> None:
    inputs = keras.Input((6, 6, 4))
    x = GroupedConv2D(8, 3, groups=2, padding="same", name="grouped")(inputs)
    outputs = LocalResponseNormalization(3, 1e-3, 0.75, 2.0, name="norm")(x)
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.get_layer("grouped")) is GroupedConv2D
    assert type(loaded.get_layer("norm")) is LocalResponseNormalization
    for name in ("grouped", "norm"):
        assert loaded.get_layer(name).get_config() == model.get_layer(name).get_config()
    pictures = _values(0, (2, 6, 6, 4), 10)
    np.testing.assert_array_equal(loaded(pictures).numpy(), model(pictures).numpy())
