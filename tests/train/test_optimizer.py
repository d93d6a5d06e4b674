from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_device.contract.errors import UserError
from plant_train.archs.alexnet import ALEXNET, AlexNetOptions
from plant_train.archs.architecture import Options
from plant_train.archs.lenet5 import LENET5
from plant_train.optimizer import layer_rates, new_optimizer
from plant_train.recipe import Recipe

OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "nadam", "lion", "adagrad")


def _model() -> keras.Model:
    """Two layers, whose weights are the same in every call."""
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name="slowed")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="plain")(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    return model


def _step(rate: float, still: bool = False, **recipe: Any) -> list[np.ndarray]:
    """How far each variable goes in a step in which the first layer's rate is `rate`."""
    model = _model()
    optimizer = new_optimizer(Recipe(**recipe), [rate, rate, 1.0, 1.0])
    rng = np.random.default_rng(1)
    gradients = [
        tf.constant(0 if still else rng.normal(size=variable.shape), tf.float32, variable.shape)
        for variable in model.trainable_variables
    ]
    before = model.get_weights()
    optimizer.apply(gradients, model.trainable_variables)
    return [after - start for after, start in zip(model.get_weights(), before, strict=True)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("weight_decay", [0.0, 5e-2])
def test_a_slowed_layer_goes_its_rates_part_of_the_way(optimizer: str, weight_decay: float) -> None:
    settings: dict[str, Any] = {
        "optimizer": optimizer,
        "learning_rate": 0.125,
        "weight_decay": weight_decay,
    }
    whole, part = _step(1.0, **settings), _step(0.25, **settings)
    for layer, (far, near) in enumerate(zip(whole, part, strict=True)):
        # A factor that is a power of two rounds nothing but the sum with the weight.
        np.testing.assert_allclose(near, far * (0.25 if layer < 2 else 1), rtol=1e-5, atol=4e-7)
        assert np.abs(far).max() > 0.01


@pytest.mark.parametrize("weight_decay", [0.0, 5e-2])
def test_a_rate_of_zero_leaves_the_layer_as_it_is(weight_decay: float) -> None:
    kernel, bias, *others = _step(0.0, learning_rate=0.1, weight_decay=weight_decay)
    assert not kernel.any()
    assert not bias.any()
    assert all(other.any() for other in others)


def test_weight_decay_takes_its_part_of_the_weights_in_each_step() -> None:
    steps = _step(1.0, still=True, learning_rate=0.1, weight_decay=0.2, momentum=0)
    for step, start in zip(steps, _model().get_weights(), strict=True):
        np.testing.assert_allclose(step, -start * 0.1 * 0.2, rtol=1e-4, atol=1e-7)


def test_momentum_is_nesterovs() -> None:
    step = _step(1.0, learning_rate=0.1, weight_decay=0, momentum=0.9)
    plain = _step(1.0, learning_rate=0.1, weight_decay=0, momentum=0)
    # The first step looks ahead: gradient and momentum times gradient.
    np.testing.assert_allclose(step[0], 1.9 * plain[0], rtol=1e-4)


def test_the_average_of_the_weights_forgets_where_a_short_training_began() -> None:
    variable = keras.Variable([0.0], name="weight")
    optimizer = new_optimizer(Recipe(learning_rate=1.0, momentum=0, weight_decay=0, ema=0.9), [1.0])
    expected = 0.0
    for step in range(120):
        optimizer.apply([tf.constant([-1.0])], [variable])
        momentum = min(0.9, (1 + step) / (10 + step))
        expected = momentum * expected + (1 - momentum) * (step + 1)
        average = float(optimizer._model_variables_moving_average[0].numpy()[0])
        assert average == pytest.approx(expected, rel=1e-5)
    # In the end it lags as far as its momentum says: 0.9 / 0.1 steps.
    assert 120 - expected == pytest.approx(9, abs=0.1)


@pytest.mark.parametrize("name", ["sdg", "Optimizer"])
def test_an_unknown_optimizer_is_told_some_that_there_are(name: str) -> None:
    with pytest.raises(UserError, match=rf"Keras optimizer, such as sgd, .* Received: {name}$"):
        new_optimizer(Recipe(optimizer=name), [])


def test_rates_fall_by_group_from_the_head_down_and_by_transfer() -> None:
    recipe = Recipe(group_rate=0.5, transferred_rate=0.1)
    model = LENET5.build(3, Options())
    rates = layer_rates(recipe, LENET5, model, ("c1",))
    depth = len(LENET5.groups) - 1
    assert rates[:2] == [pytest.approx(0.1 * 0.5**depth)] * 2
    assert rates[-2:] == [1.0, 1.0]
    assert len(rates) == len(model.trainable_variables)


def test_only_layers_that_learn_have_a_rate() -> None:
    model = ALEXNET.build(3, AlexNetOptions())
    for layer in model.layers:
        layer.trainable = layer.name in {"fc7", "fc8"}
    assert layer_rates(Recipe(), ALEXNET, model, ("conv1", "fc7")) == [0.5, 0.5, 1, 1]


def test_in_float16_the_loss_is_scaled_up_and_the_gradients_down_again() -> None:
    model = _model()
    variables = model.trainable_variables
    steps = []
    for precision, scale in (("float32", 1.0), ("mixed_float16", 1024.0)):
        optimizer = new_optimizer(Recipe(), [1.0] * 4, precision)
        assert float(optimizer.scale_loss(tf.constant(2.0))) == 2 * scale
        before = model.get_weights()
        optimizer.apply([tf.fill(variable.shape, scale) for variable in variables], variables)
        steps.append([now - start for now, start in zip(model.get_weights(), before, strict=True)])
        model.set_weights(before)
    for plain, scaled in zip(*steps, strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-5)
