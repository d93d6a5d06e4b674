"""Convolutions and dense layers in two factors each.

What a layer gives, before its activation, lies near a space of few dimensions. With V the
directions of most of its variance (principal components of responses y = W x + b with mean m),
y is nearly m + V V' (y - m): a layer with the kernel V' W and fewer outputs, and after it one that
multiplies by V (Zhang et al. 2015, arXiv:1505.06798, section 3.1). Unlike a decomposition of the
kernel by itself (Denton et al. 2014, arXiv:1404.0736), this keeps what the pictures use of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from sklearn.decomposition import PCA

from plant_convert.compress.responses import Responses
from plant_convert.compression import Compression

# Kernels compute channels in tiles of as many.
_MULTIPLE = 8
_BASIS = "_basis"


@dataclass(frozen=True)
class Subspace:
    """Where the responses of a layer, or of one group of a convolution, lie.

    Args:
        mean: float32 [n].
        directions: float32 [n, r], orthonormal, by falling variance.
        variance: float32 [r], each one's share of all the variance.
    """

    mean: np.ndarray
    directions: np.ndarray
    variance: np.ndarray

    def rank(self, share: float) -> int:
        """How many directions hold that share of the variance."""
        return min(int(np.searchsorted(np.cumsum(self.variance), share)) + 1, len(self.variance))


def response_subspaces(
    model: keras.Model, responses: Mapping[str, Responses]
) -> dict[str, list[Subspace]]:
    """The subspaces of layers, one a group, by the layer's name."""
    return {
        name: [
            _subspace(part) for part in np.split(of.rows, _groups(model.get_layer(name)), axis=1)
        ]
        for name, of in responses.items()
    }


def first_factor(model: keras.Model, name: str) -> layers.Layer | None:
    """What a layer of a factored model takes its input from; None where it is whole."""
    return next((one for one in model.layers if one.name == name + _BASIS), None)


def rank_for(subspaces: Sequence[Subspace], share: float) -> int:
    """What a layer's most demanding group needs for a share of the variance, in whole tiles."""
    rank = max(subspace.rank(share) for subspace in subspaces)
    return -(-rank // _MULTIPLE) * _MULTIPLE


def ranks_for(
    model: keras.Model, subspaces: Mapping[str, Sequence[Subspace]], compression: Compression
) -> dict[str, int]:
    """Of every layer that is to have factors.

    The first convolution stays whole: it is small, and all others would see its errors.
    """
    convolutions = (one.name for one in model.layers if isinstance(one, layers.Conv2D))
    first, share = next(convolutions, None), compression.share
    ranks = {}
    for name, found in subspaces.items():
        if isinstance(model.get_layer(name), layers.Dense):
            ranks[name] = compression.rank
        elif share is not None and name != first:
            ranks[name] = rank_for(found, share)
    return ranks


def factored(
    model: keras.Model, subspaces: Mapping[str, Sequence[Subspace]], ranks: Mapping[str, int]
) -> keras.Model:
    """The model with layers in two factors, in the directions of the most variance.

    A layer stays whole where factors would not be smaller. What is dropped in training is not
    dropped here.

    Args:
        ranks: how many directions, for each group of a layer, by the layer's name.
    """
    bases = {
        name: basis
        for name, rank in ranks.items()
        if (basis := _first(model.get_layer(name), len(subspaces[name]), rank))
    }

    def clone(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if layer.name in bases:
            config |= {"use_bias": True}
            if isinstance(layer, layers.Conv2D):
                config |= {"kernel_size": 1, "strides": 1, "padding": "valid"}
        return type(layer).from_config(config)

    def call(layer: layers.Layer, x: keras.KerasTensor, *args: object, **kwargs: object) -> object:
        if isinstance(layer, layers.Dropout):
            return x
        return layer(bases[layer.name](x) if layer.name in bases else x, *args, **kwargs)

    small = keras.models.clone_model(model, clone_function=clone, call_function=call)
    for layer in model.layers:
        if layer.name in bases:
            left, right, bias = _kernels(layer, subspaces[layer.name], ranks[layer.name])
            set_factors(bases[layer.name], small.get_layer(layer.name), left, right, bias)
        elif layer.weights:
            small.get_layer(layer.name).set_weights(layer.get_weights())
    return small


def _first(layer: layers.Layer, groups: int, rank: int) -> layers.Layer | None:
    """The first factor of a layer, without its weights; None where two would not be smaller."""
    inputs, outputs = int(np.prod(layer.kernel.shape[:-1])), layer.kernel.shape[-1] // groups
    if rank * (inputs + outputs) >= inputs * outputs:
        return None
    convolution = isinstance(layer, layers.Conv2D)
    changed = {
        "filters" if convolution else "units": rank * groups,
        "activation": "linear",
        # Of zeros: the normalisation of the input can be folded into it.
        "use_bias": convolution,
    }
    return type(layer).from_config(layer.get_config() | changed | {"name": layer.name + _BASIS})


def _kernels(
    layer: layers.Layer, subspaces: Sequence[Subspace], rank: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kernels of both factors, and the bias of the second one."""
    kernel, *biases = layer.get_weights()
    offset = biases[0] if biases else np.zeros(kernel.shape[-1], np.float32)
    groups = len(subspaces)
    left, right, bias = [], [], []
    for subspace, part, of_part in zip(
        subspaces, np.split(kernel, groups, axis=-1), np.split(offset, groups), strict=True
    ):
        directions = subspace.directions[:, :rank]
        left.append(part @ directions)
        right.append(directions.T)
        bias.append(subspace.mean - directions @ (directions.T @ (subspace.mean - of_part)))
    return np.concatenate(left, -1), np.concatenate(right, -1), np.concatenate(bias)


def set_factors(
    first: layers.Layer,
    second: layers.Layer,
    left: np.ndarray,
    right: np.ndarray,
    bias: np.ndarray,
) -> None:
    """Put the kernels of both factors, and the second one's bias, in their layers.

    The directions are turned by a random rotation first, which the second factor undoes: by falling
    variance, one int8 scale for all of them would leave few steps to the last (QuaRot: Ashkboos et
    al. 2024, arXiv:2404.00456).

    Args:
        left: float [..., r] for each group after another.
        right: float [r, n].
    """
    rank = len(right)
    turn, _ = np.linalg.qr(np.random.default_rng(rank).normal(size=(rank, rank)))
    left, right = left.reshape(-1, rank) @ turn, turn.T @ right
    none = [np.zeros(one.shape, np.float32) for one in first.weights[1:]]
    first.set_weights([left.reshape(first.kernel.shape), *none])
    second.set_weights([right.reshape(second.kernel.shape), bias])


def _subspace(rows: np.ndarray) -> Subspace:
    # Quick with far more rows than columns.
    found = PCA(svd_solver="covariance_eigh").fit(rows)
    return Subspace(found.mean_, found.components_.T, found.explained_variance_ratio_)


def _groups(layer: layers.Layer) -> int:
    return layer.groups if isinstance(layer, layers.Conv2D) else 1
