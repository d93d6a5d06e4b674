"""Local response normalisation from ops that TFLite runs in integers.

TFLite's own op takes floats alone, so that the converter puts a DEQUANTIZE before and a
QUANTIZE after it. The same function without it is

    y = x * (k + t) ** -beta,   t = alpha * W(x * x),

W being the sum over neighbouring channels, a banded 1x1 convolution. Most of a band is zeros: where
it can be, the channels are laid out as rows of blocks, and the sums of a block take no more than
itself and the blocks beside it, a convolution along the row.

The power has no op of its own, and must be made of ones that take int8 in each runtime and each
quantiser: LOG does so from TensorFlow Lite 2.15 on, RSQRT is computed anew for each value (ten
times the time of the whole net), and LiteRT's quantiser knows neither LOG nor EXP. TANH is a table
everywhere, and

    (k + t) ** -beta  is nearly  factor * (q - tanh(b * t * (p - tanh(a * t)))):

it falls steeply at first and then ever slower, as the power does. All of it is a chain from t on,
where no op takes two tensors but t itself: XNNPACK makes a chain one table. So that is what is
taken where nobody asks for one of the others.

Int8 has 256 equal steps, and t, that is normalised by, has a long tail: with steps for all of it,
next to none are left for where most values lie. So x and t are cut off. Little is lost: y of one
large x has its maximum at alpha * x * x = 2 * k and falls beyond. The cuts cost no op: scaled such
that they lie at 6, they are the ReLU6 of the convolutions before.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.optimize import least_squares

from plant_convert.lrn_power import LrnPower
from plant_device.contract.geometry import Picture
from plant_train.archs.layers import LocalResponseNormalization

# What ReLU6 cuts off at.
_SIX = 6.0
_STEPS = 255
# TFLite gives an int8 TANH 128 steps to each side of zero, whatever the values are.
_TANH_STEPS = 128
# As many outputs as XNNPACK's kernels compute at once on AVX512; more would be more zeros.
_BLOCK = 16
# Which of the values the cuts may lie at; 1 is the largest, no cut.
_QUANTILES = (0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0)
_FITTING_PICTURES, _FITTING_ROWS, _FITTING_VALUES = 32, 4000, 10_000
# Where the search for a curve begins: p, q, and a and b times the cut.
_FIRST_GUESS = (1.4, 1.2, 5.0, 4.0)


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
        """Float32 [C, C]: x * x times it is t."""
        here = np.arange(channels)
        near = np.abs(here[:, np.newaxis] - here) <= self.size // 2
        return np.asarray(self.alpha * near, np.float32)

    def window(self, channels: int) -> np.ndarray:
        """The band as the kernel of a convolution along rows of blocks, float32 [1, 1 or 3, B, B].

        B divides C. Where no block holds a neighbourhood, one holds all.
        """
        if channels % _BLOCK or self.size // 2 > _BLOCK:
            return self.band(channels)[np.newaxis, np.newaxis]
        middle = slice(_BLOCK, 2 * _BLOCK)
        return self.band(3 * _BLOCK)[:, middle].reshape(1, 3, _BLOCK, _BLOCK)


@dataclass(frozen=True)
class Curve:
    """What stands for (k + t) ** -beta: factor * (q - tanh(b * t * (p - tanh(a * t)))).

    Args:
        end: where t is cut off, more than 0.
        p, q: more than 1.
        a, b: more than 0.
    """

    end: float
    factor: float
    p: float
    q: float
    a: float
    b: float

    def __call__(self, t: np.ndarray) -> np.ndarray:
        """The curve at t >= 0."""
        cut = np.minimum(t, self.end)
        bent = cut * (self.p - np.tanh(self.a * cut))
        return np.asarray(self.factor * (self.q - np.tanh(self.b * bent)))


@dataclass(frozen=True)
class Form:
    """An integer form of a normalisation: where x is cut off, and the curve."""

    cut: float
    curve: Curve


def fitted_curve(t: np.ndarray, weights: np.ndarray, lrn: Lrn, end: float) -> Curve:
    """The curve that is cut off at `end` and nearest to the power, by weighted mean square.

    Args:
        t: float [n], at least 0.
        weights: float [n], at least 0.
    """
    # The search takes differences: float32 has too few digits.
    wide = np.asarray(t, np.float64)
    exact = (lrn.k + wide) ** -lrn.beta
    roots = np.sqrt(weights)

    def curve(parameters: np.ndarray) -> Curve:
        p, q, a, b, height = parameters.tolist()
        return Curve(end, height / q, p, q, a / end, b / end)

    found = least_squares(
        lambda parameters: roots * (curve(parameters)(wide) - exact),
        (*_FIRST_GUESS, lrn.k**-lrn.beta),
        bounds=([1.01, 1.01, 0.01, 0.01, 0.0], [100.0, 100.0, 100.0, 100.0, np.inf]),
    )
    return curve(found.x)


def fitted_form(inputs: np.ndarray, lrn: Lrn) -> Form:
    """The form that is in int8 nearest to the exact function, by mean square.

    Args:
        inputs: float32 [n, C >= size], at least 0: channels of single places.
    """
    band = lrn.band(inputs.shape[1])
    t = inputs**2 @ band
    exact = inputs * (lrn.k + t) ** -lrn.beta
    # Most inputs are zeros of a ReLU, and say nothing of the scale.
    positive = inputs > 0 if np.any(inputs > 0) else np.ones_like(inputs, bool)
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(positive))[:_FITTING_VALUES]
    ends = np.unique(np.quantile(t, _QUANTILES))
    curves = [
        fitted_curve(t.flat[chosen], inputs.flat[chosen] ** 2, lrn, float(end) or 1.0)
        for end in ends
    ]
    cuts = np.unique(np.quantile(inputs[positive], _QUANTILES))
    forms = (Form(float(cut) or 1.0, curve) for cut, curve in itertools.product(cuts, curves))
    return min(forms, key=lambda form: float(np.mean((_in_steps(inputs, band, form) - exact) ** 2)))


def _in_steps(inputs: np.ndarray, band: np.ndarray, form: Form) -> np.ndarray:
    """The function as int8 has it: every intermediate result in 256 steps."""
    curve = form.curve
    x = _stepped(np.minimum(inputs, form.cut), form.cut)
    t = _stepped(np.minimum(_stepped(x * x, form.cut**2) @ band, curve.end), curve.end)
    bent = t * _stepped(curve.p - _tanh_in_steps(curve.a * t), curve.p)
    bent = _stepped(bent, bent.max(initial=0))
    outputs = x * _stepped(curve.q - _tanh_in_steps(curve.b * bent), curve.q)
    return curve.factor * _stepped(outputs, outputs.max(initial=0))


def _tanh_in_steps(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(_TANH_STEPS * np.tanh(values)) / _TANH_STEPS)


def _stepped(values: np.ndarray, highest: float) -> np.ndarray:
    step = highest / _STEPS or 1.0
    return np.asarray(step * np.rint(values / step))


class IntegerLrn(layers.Layer):
    """The function of the module's docstring, for x that is scaled so that its cut lies at 6.

    Returns y times `self.scale`.
    """

    def __init__(self, lrn: Lrn, form: Form, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lrn, self.form = lrn, form

    @property
    def scale(self) -> float:
        """What the outputs are multiplied with."""
        return _SIX / self.form.cut / self.form.curve.factor

    @property
    def step(self) -> float:
        """What one of t stands for where t is scaled such that its cut lies at 6."""
        return self.form.curve.end / _SIX

    def call(self, inputs: Any) -> Any:
        """Normalise float [B, H, W, C]."""
        kernel = self.lrn.window(inputs.shape[-1]) * (self.form.cut / _SIX) ** 2 / self.step
        _, height, width, channels = inputs.shape
        block = kernel.shape[-1]
        rows = tf.reshape(inputs * inputs, (-1, height * width, channels // block, block))
        window = tf.nn.relu6(tf.nn.conv2d(rows, kernel, 1, "SAME"))
        return inputs * self.power(tf.reshape(window, (-1, height, width, channels)))

    def power(self, t: Any) -> Any:
        """(k + t) ** -beta over the curve's factor; t is float [B, H, W, C] in `self.step`s."""
        curve = self.form.curve
        bent = t * (curve.p - tf.tanh(curve.a * self.step * t))
        return curve.q - tf.tanh(curve.b * self.step * bent)


class LogExpLrn(IntegerLrn):
    """The power as exp(-beta * log(k + t))."""

    def power(self, t: Any) -> Any:
        """As IntegerLrn has it."""
        height = 1 / self.form.curve.factor
        return height * tf.exp(-self.lrn.beta * tf.math.log(self.lrn.k + self.step * t))


class RsqrtLrn(IntegerLrn):
    """The power of -3/4, which is all that our layer has, as that of -1/2 times that of -1/4."""

    def power(self, t: Any) -> Any:
        """As IntegerLrn has it."""
        height = 1 / self.form.curve.factor
        half = tf.math.rsqrt(self.lrn.k + self.step * t)
        # (k + t) * half is the root of k + t.
        quarter = tf.math.rsqrt((self.lrn.k + self.step * t) * half)
        return height * half * quarter


_LAYERS = {LrnPower.TANH: IntegerLrn, LrnPower.LOG_EXP: LogExpLrn, LrnPower.RSQRT: RsqrtLrn}


def with_integer_lrn(
    graph: keras.Model, representative: Sequence[Picture], power: LrnPower = LrnPower.TANH
) -> keras.Model:
    """The graph with every local response normalisation in integer ops; nearly its function.

    One stays as it is that does not stand between a convolution with a ReLU and another layer
    with weights, with nothing but pooling in between: nowhere else do the scales disappear.

    Args:
        graph: a chain of layers that takes raw pixels [B, S, S, 3].
        representative: network inputs uint8 [S, S, 3], by which the form is chosen.
        power: of which ops; all stay as they are for `FLOAT`.
    """
    places = [place for place in range(len(graph.layers)) if _neighbours(graph, place)]
    if not places or power is LrnPower.FLOAT:
        return graph
    integer = {
        graph.layers[place].name: _integer_form(graph, place, representative, power)
        for place in places
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
        layer = integer[graph.layers[place].name]
        scale = _SIX / layer.form.cut
        convolution.set_weights([scale * weights for weights in convolution.get_weights()])
        kernel, *bias = follower.get_weights()
        follower.set_weights([kernel / layer.scale, *bias])
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


def _integer_form(
    graph: keras.Model, place: int, representative: Sequence[Picture], power: LrnPower
) -> IntegerLrn:
    layer = graph.layers[place]
    lrn = Lrn(layer.size, layer.alpha, layer.beta, layer.k)
    until = keras.Model(graph.inputs, graph.layers[place].input)
    pixels = np.stack(representative[:_FITTING_PICTURES]).astype(np.float32)
    activations = until.predict(pixels, batch_size=8, verbose=0)
    rows = activations.reshape(-1, activations.shape[-1])
    chosen = np.random.default_rng(0).permutation(len(rows))[:_FITTING_ROWS]
    return _LAYERS[power](lrn, fitted_form(rows[chosen], lrn), name=layer.name)
