from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from plant_train.optimizer import LayerwiseSGD, new_optimizer
from plant_train.recipe import Recipe

SLOWED, PLAIN = "slowed", "plain"


def _model() -> keras.Model:
    """Two layers, whose weights are the same in every call."""
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name=SLOWED)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name=PLAIN)(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    return model


def _step(recipe: Recipe, transferred: tuple[str, ...], steps: int = 3) -> list[np.ndarray]:
    """How far each variable goes in the first step after the warm-up."""
    model = _model()
    optimizer = new_optimizer(recipe, model, transferred, steps)
    rng = np.random.default_rng(1)
    gradients = [
        tf.constant(rng.normal(size=variable.shape), tf.float32)
        for variable in model.trainable_variables
    ]
    before = model.get_weights()
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return [after - start for after, start in zip(model.get_weights(), before, strict=True)]


@pytest.mark.parametrize("rate", [0.25, 0.5])
@pytest.mark.parametrize("weight_decay", [0.0, 5e-2])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_slowed_layer_goes_its_rates_part_of_the_way(
    rate: float, weight_decay: float, momentum: float
) -> None:
    recipe = Recipe(
        learning_rate=0.125,
        transferred_rate=rate,
        momentum=momentum,
        weight_decay=weight_decay,
        warmup_epochs=0,
    )
    plain, slowed = _step(recipe, ()), _step(recipe, (SLOWED,))
    for layer, (whole, part) in enumerate(zip(plain, slowed, strict=True)):
        factor = rate if layer < 2 else 1
        # A factor that is a power of two rounds nothing but the sum with the weight.
        np.testing.assert_allclose(part, whole * factor, rtol=0, atol=3e-7)
        assert np.abs(whole).max() > 0.01


@pytest.mark.parametrize("weight_decay", [0.0, 5e-2])
def test_a_rate_of_zero_leaves_the_layer_as_it_is(weight_decay: float) -> None:
    recipe = Recipe(
        learning_rate=0.1, transferred_rate=0, weight_decay=weight_decay, warmup_epochs=0
    )
    kernel, bias, *others = _step(recipe, (SLOWED,))
    assert not kernel.any()
    assert not bias.any()
    assert all(other.any() for other in others)


def test_weight_decay_takes_its_part_of_the_weights_in_each_step() -> None:
    model = _model()
    recipe = Recipe(learning_rate=0.1, weight_decay=0.2, momentum=0, warmup_epochs=0)
    optimizer = new_optimizer(recipe, model, (), 10)
    before = model.get_weights()
    still = [tf.zeros(variable.shape) for variable in model.trainable_variables]
    optimizer.apply_gradients(zip(still, model.trainable_variables, strict=True))
    for after, start in zip(model.get_weights(), before, strict=True):
        np.testing.assert_allclose(after, start * (1 - 0.1 * 0.2), rtol=1e-6)


def _rates(recipe: Recipe, steps_per_epoch: int) -> np.ndarray:
    """The learning rate of every step of a training, and of the one after the last."""
    schedule = new_optimizer(recipe, _model(), (), steps_per_epoch)._learning_rate
    steps = range(recipe.epochs * steps_per_epoch + 1)
    return np.array([float(schedule(step)) for step in steps])


def test_the_rate_warms_up_in_a_line_and_falls_as_a_cosine_to_zero() -> None:
    recipe = Recipe(epochs=4, learning_rate=0.8, warmup_epochs=0.5)
    rates = _rates(recipe, 20)
    np.testing.assert_allclose(rates[:11], np.linspace(0, 0.8, 11), atol=1e-6)
    falling = 0.8 * (1 + np.cos(np.pi * np.arange(71) / 70)) / 2
    np.testing.assert_allclose(rates[10:], falling, atol=1e-6)


@given(
    epochs=st.integers(1, 4),
    steps=st.integers(1, 12),
    warmup=st.floats(0, 6),
    learning_rate=st.floats(1e-4, 1),
)
def test_the_rate_never_exceeds_the_recipes_and_ends_at_zero(
    epochs: int, steps: int, warmup: float, learning_rate: float
) -> None:
    recipe = Recipe(epochs=epochs, learning_rate=learning_rate, warmup_epochs=warmup)
    rates = _rates(recipe, steps)
    assert np.isfinite(rates).all()
    assert rates.min() >= 0
    assert rates.max() <= learning_rate * (1 + 1e-6)
    assert rates[-1] == pytest.approx(0, abs=1e-6 * learning_rate)
    top = int(rates.argmax())
    assert (np.diff(rates[: top + 1]) >= 0).all()
    assert (np.diff(rates[top:]) <= 1e-9).all()


def test_the_optimizer_survives_its_configuration() -> None:
    optimizer = LayerwiseSGD([0.5, 1.0], learning_rate=0.1, momentum=0.9, nesterov=True)
    config = optimizer.get_config()
    again = LayerwiseSGD.from_config(config)
    assert again.get_config() == config
    assert again.rates == [0.5, 1.0]
