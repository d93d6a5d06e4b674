"""Convolutions in factors are fitted anew, one after another, to what the whole model gives there.

Each sees the errors of those before it; fitted to the whole model's responses, it makes good a
part of them (the asymmetric reconstruction of Zhang et al. 2015, arXiv:1505.06798, section 3.3,
without its treatment of the activation). A system of equations a layer, nothing to train.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from plant_convert.compress.factors import first_factor, set_factors
from plant_convert.compress.inference import batch_outputs
from plant_convert.compress.responses import BATCH, Responses
from plant_train.progress import track

# Of the mean square of an input: how far a kernel is held where it was.
_RIDGE = 1e-2


@dataclass(frozen=True)
class Regression:
    """Sums over rows of inputs x and responses y, each without its mean.

    Args:
        xx: float64 [m, m], sum of x x'.
        xy: float64 [m, n], sum of x y'.
        x_mean, y_mean: float64 [m], [n].
    """

    xx: np.ndarray
    xy: np.ndarray
    x_mean: np.ndarray
    y_mean: np.ndarray


def refit_convolutions(
    small: keras.Model,
    whole: keras.Model,
    responses: Mapping[str, Responses],
    pictures: np.ndarray,
) -> None:
    """Fit every convolution in two factors, from the input to the output.

    Args:
        small: of `factored`; changed in place.
        responses: the whole model's, for the pictures.
        pictures: uint8 [n, S, S, 3].
    """
    names = [
        layer.name
        for layer in whole.layers
        if isinstance(layer, layers.Conv2D) and first_factor(small, layer.name)
    ]
    for name in track(names, len(names), "convolutions fitted"):
        _refit(small, whole.get_layer(name), responses[name], pictures)


def regression(x: np.ndarray, y: np.ndarray) -> Regression:
    """Of rows float32 x [k, m] and y [k, n]."""
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    centred = x - x_mean
    xx, xy = centred.T @ centred, centred.T @ (y - y_mean)
    return Regression(*(part.astype(np.float64) for part in (xx, xy, x_mean, y_mean)))


def solved(sums: Regression, kernel: np.ndarray) -> np.ndarray:
    """The kernel float64 [m, n] nearest to the responses, held near the given one by a ridge."""
    size = len(sums.xx)
    ridge = _RIDGE * np.trace(sums.xx) / size * np.eye(size)
    change = np.linalg.solve(sums.xx + ridge, sums.xy - sums.xx @ kernel)
    return np.asarray(kernel + change)


def in_factors(
    sums: Regression, kernel: np.ndarray, rank: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A kernel [m, n] as left [m, r] and right [r, n] with a bias [n], nearest to the responses."""
    # Principal components of what the kernel gives, then the responses from these.
    _, directions = np.linalg.eigh(kernel.T @ sums.xx @ kernel)
    left = kernel @ directions[:, ::-1][:, :rank]
    right = np.linalg.lstsq(left.T @ sums.xx @ left, left.T @ sums.xy, rcond=None)[0]
    return left, right, sums.y_mean - (sums.x_mean @ left) @ right


def windows(features: np.ndarray, layer: layers.Conv2D, positions: np.ndarray) -> np.ndarray:
    """What a convolution sees at some positions of its output, one row a position.

    Args:
        features: its input, float32 [B, H, W, C].
        positions: int [p], of the output's H * W.

    Returns:
        float32 [B * p, side, side, C].
    """
    side, stride = layer.kernel_size[0], layer.strides[0]
    if layer.padding == "same":
        # As TensorFlow pads: the odd row or column at the end.
        missing = [
            max((-(-size // stride) - 1) * stride + side - size, 0) for size in features.shape[1:3]
        ]
        around = [(one // 2, one - one // 2) for one in missing]
        features = np.pad(features, [(0, 0), *around, (0, 0)])
    seen = np.lib.stride_tricks.sliding_window_view(features, (side, side), axis=(1, 2))
    seen = seen[:, ::stride, ::stride]
    rows, columns = np.unravel_index(positions, seen.shape[1:3])
    # [B, p, C, side, side] to rows of windows.
    return np.moveaxis(seen[:, rows, columns], 2, 4).reshape(-1, side, side, features.shape[-1])


def _refit(
    small: keras.Model, whole: layers.Conv2D, responses: Responses, pictures: np.ndarray
) -> None:
    first, second = first_factor(small, whole.name), small.get_layer(whole.name)
    assert first
    groups, rank = whole.groups, first.filters // whole.groups
    inputs = np.split(_inputs(small, first, responses, pictures), groups, axis=-1)
    outputs = np.split(responses.rows, groups, axis=-1)
    found = []
    for group, kernel in enumerate(np.split(whole.get_weights()[0], groups, axis=-1)):
        x = inputs[group].reshape(len(outputs[group]), -1)
        sums = regression(x, outputs[group])
        better = solved(sums, kernel.reshape(x.shape[1], -1).astype(np.float64))
        found.append(in_factors(sums, better, rank))
    left = np.concatenate([left for left, _, _ in found], axis=-1)
    right = np.concatenate([right for _, right, _ in found], axis=-1)
    set_factors(first, second, left, right, np.concatenate([bias for *_, bias in found]))


def _inputs(
    small: keras.Model, first: layers.Conv2D, responses: Responses, pictures: np.ndarray
) -> np.ndarray:
    """What a layer of the small model sees, for every row of the responses."""
    before = keras.Model(small.input, first.input)
    found = []
    for step, positions in enumerate(responses.positions):
        batch = tf.constant(pictures[step * BATCH : (step + 1) * BATCH])
        found.append(windows(batch_outputs(before, batch).numpy(), first, positions))
    return np.concatenate(found)
