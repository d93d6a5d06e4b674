"""Activations that overflow: no integer stands for infinity, so the layer is refused by name.

In float a network may do well with one: SELU computes an exponential for every value, and takes
it for negative ones alone. TensorFlow's converter ends its process on such a range.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

import keras
import numpy as np
import tensorflow as tf

from plant_convert.activations import Activation
from plant_convert.flatbuffer import read_contents
from plant_convert.op_layer import with_layer
from plant_convert.traced import traced_nodes
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture

# TensorFlow's ops that give infinity for numbers of an ordinary size.
_NAMES = """
    Div Exp Expm1 Log Log1p Pow RealDiv Reciprocal Rsqrt Selu Softplus Square SquaredDifference
"""
_BATCH = 16
_MAY_OVERFLOW = frozenset(_NAMES.split())


def may_overflow(graph: keras.Model, pictures: Sequence[Picture]) -> bool:
    """Whether a look at each op's activations is worth its time.

    It is where an op may give infinity inside a layer, or a layer was seen to give it.

    Args:
        pictures: network inputs uint8 [S, S, 3].
    """
    if any(node.op in _MAY_OVERFLOW for node in traced_nodes(graph)):
        return True
    nodes = chain.from_iterable(graph._nodes_by_depth.values())
    tensors = [tensor for node in nodes for tensor in node.outputs]
    opened = keras.Model(graph.inputs, tensors)

    @tf.function
    def all_finite(pixels: tf.Tensor) -> tf.Tensor:
        given = opened(pixels, training=False)
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(each)) for each in given])

    starts = range(0, len(pictures), _BATCH)
    batches = (np.stack(pictures[start : start + _BATCH]) for start in starts)
    return not all(all_finite(tf.constant(batch, tf.float32)) for batch in batches)


def require_finite(graph: keras.Model, flatbuffer: bytes, seen: Mapping[str, Activation]) -> None:
    """Refuse a float32 network whose activations were seen to be infinite, or no number.

    Args:
        graph: of which `flatbuffer` is made.
        seen: its activations, in the order of execution.

    Raises:
        UserError: names the first op that gives such a value.
    """
    ops = {layer.name: layer.op for layer in read_contents(flatbuffer).layers}
    for name, activation in seen.items():
        if not np.isfinite([activation.least, activation.most]).all():
            raise UserError(
                f"the int8 model is not written: {ops[name]} {with_layer(graph, name)} gives "
                "infinity, or no number, for a calibration picture, and no integer stands for "
                "that: replace the layer that it is of, or normalise what the layer takes",
                exit_code=REFUSED,
            )
