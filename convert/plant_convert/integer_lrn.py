"""Local response normalisation from ops that TFLite runs in integers.

TFLite's own op takes floats alone, so that the converter puts a DEQUANTIZE before and a
QUANTIZE after it. The same function without it is

    y = x * exp(-beta * log(k + alpha * W(x * x))),

W being the sum over neighbouring channels, a banded 1x1 convolution. For int8, LOG and EXP are
look-ups in a table.

Int8 has 256 equal steps, and the sum that is normalised by has a long tail: with steps for all of
it, next to none are left for where most values lie. So x and the sum are cut off. Little is lost:
y of one large x has its maximum at alpha * x * x = 2 * k and falls beyond. The cuts cost no op:
scaled such that they lie at 6, they are the ReLU6 of the convolutions before.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from plant_device.contract.geometry import Picture
from plant_train.archs.layers import LocalResponseNormalization

# What ReLU6 cuts off at.
_SIX = 6.0
_STEPS = 255
# Which of the values the cuts may lie at; 1 is the largest, no cut.
_QUANTILES = (0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0)
_FITTING_PICTURES, _FITTING_ROWS = 32, 4000


@dataclass(frozen=True)
class Lrn:
    """The function's constants, as in Krizhevsky 2012, section 3.3.

    Args:
        size: channels that are summed over; odd.
        alpha: factor of their sum.
        beta: exponent.
        k: what is added to the sum.
    """

    size: int
    alpha: float
    beta: float
    k: float

    def band(self, channels: int) -> np.ndarray:
        """Float32 [C, C]: x * x times it is alpha times the sum over neighbours."""
        here = np.arange(channels)
        near = np.abs(here[:, np.newaxis] - here) <= self.size // 2
        return np.asarray(self.alpha * near, np.float32)


@dataclass(frozen=True)
class Cuts:
    """Where the function's inputs x and its sums k + alpha * W(x * x) are cut off."""

    inputs: float
    sums: float


def fitted_cuts(inputs: np.ndarray, lrn: Lrn) -> Cuts:
    """The cuts with which the int8 function is nearest to the exact one, by mean square.

    Args:
        inputs: float32 [n, C >= size], at least 0: channels of single places.
    """
    band = lrn.band(inputs.shape[1])
    sums = lrn.k + inputs**2 @ band
    exact = inputs * sums**-lrn.beta
    # Most inputs are zeros of a ReLU, and say nothing of the scale.
    positive = inputs[inputs > 0] if np.any(inputs > 0) else np.ones(1, np.float32)
    candidates = itertools.product(np.quantile(positive, _QUANTILES), np.quantile(sums, _QUANTILES))

    def error(cuts: Cuts) -> float:
        return float(np.mean((_in_steps(inputs, lrn, band, cuts) - exact) ** 2))

    return min((Cuts(float(x), float(s)) for x, s in candidates), key=error)


def _in_steps(inputs: np.ndarray, lrn: Lrn, band: np.ndarray, cuts: Cuts) -> np.ndarray:
    """The function as int8 has it: every intermediate result in 256 steps."""
    x = _stepped(np.minimum(inputs, cuts.inputs), 0, cuts.inputs)
    squares = _stepped(x * x, 0, cuts.inputs**2)
    sums = _stepped(np.minimum(lrn.k + squares @ band, cuts.sums), 0, cuts.sums)
    exponents = -lrn.beta * np.log(np.maximum(sums, lrn.k))
    factors = np.exp(_stepped(exponents, -lrn.beta * np.log(cuts.sums), 0))
    outputs = x * _stepped(factors, 0, 1)
    return _stepped(outputs, 0, outputs.max(initial=0))


def _stepped(values: np.ndarray, lowest: float, highest: float) -> np.ndarray:
    step = (highest - lowest) / _STEPS or 1.0
    return np.asarray(lowest + step * np.rint((values - lowest) / step))


class IntegerLrn(layers.Layer):
    """The function of the module's docstring, for x that is scaled so that its cut lies at 6.

    Returns y times `self.scale`.
    """

    def __init__(self, lrn: Lrn, cuts: Cuts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lrn, self.cuts = lrn, cuts

    @property
    def scale(self) -> float:
        """What the outputs are multiplied with."""
        inputs, sums = _SIX / self.cuts.inputs, _SIX / self.cuts.sums
        return float(inputs * sums**-self.lrn.beta)

    def call(self, inputs: Any) -> Any:
        """Normalise float [B, H, W, C]."""
        channels = inputs.shape[-1]
        sums = _SIX / self.cuts.sums
        kernel = self.lrn.band(channels) * (self.cuts.inputs / _SIX) ** 2 * sums
        bias = np.full(channels, self.lrn.k * sums, np.float32)
        window = tf.nn.conv2d(inputs * inputs, kernel[np.newaxis, np.newaxis], 1, "VALID")
        cut = tf.nn.relu6(tf.nn.bias_add(window, bias))
        return inputs * tf.exp(-self.lrn.beta * tf.math.log(cut))


def with_integer_lrn(graph: keras.Model, representative: Sequence[Picture]) -> keras.Model:
    """The graph with every local response normalisation in integer ops; nearly its function.

    One stays as it is that does not stand between a convolution with a ReLU and another layer
    with weights, with nothing but pooling in between: nowhere else do the scales disappear.

    Args:
        graph: a chain of layers that takes raw pixels [B, S, S, 3].
        representative: network inputs uint8 [S, S, 3], by which the cuts are chosen.
    """
    places = [place for place in range(len(graph.layers)) if _neighbours(graph, place)]
    if not places:
        return graph
    integer = {
        graph.layers[place].name: _integer_form(graph, place, representative) for place in places
    }
    before = {_neighbours(graph, place)[0].name for place in places}

    def clone(layer: layers.Layer) -> layers.Layer:
        if layer.name in integer:
            return integer[layer.name]
        config = layer.get_config()
        return type(layer).from_config(
            {**config, "activation": "relu6"} if layer.name in before else config
        )

    converted = keras.models.clone_model(graph, clone_function=clone)
    converted.set_weights(graph.get_weights())
    for place in places:
        convolution, follower = (
            converted.get_layer(layer.name) for layer in _neighbours(graph, place)
        )
        form = integer[graph.layers[place].name]
        scale = _SIX / form.cuts.inputs
        convolution.set_weights([scale * weights for weights in convolution.get_weights()])
        kernel, *bias = follower.get_weights()
        follower.set_weights([kernel / form.scale, *bias])
    return converted


def _neighbours(graph: keras.Model, place: int) -> tuple[layers.Layer, ...]:
    """The convolution before a normalisation and the layer with weights after it, or neither."""
    if not isinstance(graph.layers[place], LocalResponseNormalization):
        return ()
    before = _first_but_pooling(graph.layers[place - 1 :: -1])
    after = _first_but_pooling(graph.layers[place + 1 :])
    relu = isinstance(before, layers.Conv2D) and before.activation is keras.activations.relu
    return (before, after) if relu and isinstance(after, layers.Conv2D | layers.Dense) else ()


def _first_but_pooling(chain: Sequence[layers.Layer]) -> layers.Layer | None:
    passed = layers.MaxPooling2D | layers.Flatten
    return next((layer for layer in chain if not isinstance(layer, passed)), None)


def _integer_form(graph: keras.Model, place: int, representative: Sequence[Picture]) -> IntegerLrn:
    layer = graph.layers[place]
    lrn = Lrn(layer.size, layer.alpha, layer.beta, layer.k)
    until = keras.Model(graph.inputs, graph.layers[place].input)
    pixels = np.stack(representative[:_FITTING_PICTURES]).astype(np.float32)
    activations = until.predict(pixels, batch_size=8, verbose=0)
    rows = activations.reshape(-1, activations.shape[-1])
    chosen = np.random.default_rng(0).permutation(len(rows))[:_FITTING_ROWS]
    return IntegerLrn(lrn, fitted_cuts(rows[chosen], lrn), name=layer.name)
