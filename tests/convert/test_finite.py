"""An activation that overflows is refused by the name of its layer, where the converter crashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.initializers import Constant

from plant_convert.activations import observed
from plant_convert.backends import Backend, Quantisation, quantise
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.finite import may_overflow, require_finite
from plant_convert.flatbuffer import read_contents
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture

Function = Callable[[Any], Any]

SIDE = 8


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    found = [*np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _graph(function: Function) -> keras.Model:
    """A convolution, which gives the mean of a pixel's channels, and a function of it."""
    pixels = keras.Input((SIDE, SIDE, 3))
    mean = layers.Conv2D(1, 1, use_bias=False, name="mean")
    x = layers.GlobalAveragePooling2D()(function(mean(pixels)))
    graph = keras.Model(pixels, layers.Dense(3, name="logits")(x))
    mean.set_weights([np.full((1, 1, 3, 1), 1 / 3)])
    return graph


def _enormous(x: Any) -> Any:
    convolution = layers.Conv2D(2, 1, kernel_initializer=Constant(1e38), name="enormous")
    return convolution(layers.ReLU()(x))


@pytest.mark.parametrize("backend", list(Backend))
@pytest.mark.parametrize(
    ("function", "named"),
    [
        (layers.Activation("selu", name="strange"), r"EXP \S+ \(Activation strange\)"),
        (layers.Activation("mish", name="strange"), r"EXP \S+ \(Activation strange\)"),
        (lambda x: ops.log(ops.relu(x - 128)), r"LOG \S*"),
        (lambda x: ops.square(x * 1e19), r"SQUARE \S*"),
        (lambda x: 1 / ops.relu(x - 128), r"DIV \S*"),
        # Of ordinary ops, none of which gives infinity for numbers of an ordinary size.
        (_enormous, r"CONV_2D \S+ \(Conv2D enormous\)"),
    ],
    ids=["selu", "mish", "log", "square", "quotient", "convolution"],
)
def test_infinity_is_refused_by_name(
    backend: Backend, function: Function, named: str, pictures: list[Picture]
) -> None:
    with pytest.raises(
        UserError, match=rf"^the int8 model is not written: {named} gives infinity"
    ) as refused:
        quantise(_graph(function), pictures, Quantisation(backend))
    assert refused.value.exit_code == REFUSED


def test_what_is_no_number_in_a_single_picture_is_noticed(pictures: list[Picture]) -> None:
    dark = [np.zeros_like(pictures[0]), *(np.maximum(one, 1) for one in pictures)]
    graph = _graph(lambda x: ops.log(x - 0.5))
    flatbuffer = float32_flatbuffer(graph)
    require_finite(graph, flatbuffer, observed(flatbuffer, dark[1:]))
    with pytest.raises(UserError, match=r"LOG .* or no number"):
        require_finite(graph, flatbuffer, observed(flatbuffer, dark))


def test_the_same_layers_are_integers_where_they_stay_finite(pictures: list[Picture]) -> None:
    for name in ("selu", "mish"):
        small, activation = layers.Rescaling(1 / 255), layers.Activation(name)
        graph = _graph(keras.Sequential([small, activation]))
        assert may_overflow(graph, pictures)
        assert read_contents(quantise(graph, pictures, Quantisation())).float_ops == ()


def test_a_network_without_such_ops_is_not_looked_at(pictures: list[Picture]) -> None:
    assert not may_overflow(_graph(layers.ReLU()), pictures)
    assert may_overflow(_graph(_enormous), pictures)
    inner = keras.Model(pixels := keras.Input((SIDE, SIDE, 1)), ops.exp(pixels))
    assert may_overflow(_graph(inner), pictures)
