"""Activations that overflow: no integer stands for infinity, so the layer is refused by name.

In float a network may do well with one: SELU computes an exponential for every value, and takes
it for negative ones alone. TensorFlow's converter ends its process on such a range.
"""

from collections.abc import Mapping
from operator import attrgetter

import keras
import numpy as np
import tensorflow as tf

from plant_convert.activations import Activation
from plant_convert.flatbuffer import read_contents
from plant_device.contract.errors import REFUSED, UserError

# TensorFlow's ops that give infinity for numbers of an ordinary size.
_NAMES = """
    Div Exp Expm1 Log Log1p Pow RealDiv Reciprocal Rsqrt Selu Softplus Square SquaredDifference
"""
_MAY_OVERFLOW = frozenset(_NAMES.split())
_functions_of = attrgetter("library.function")
"""The functions that a GraphDef brings with it."""


def may_overflow(graph: keras.Model) -> bool:
    """Whether an op of a graph makes a look at its activations worth its time."""
    signature = tf.TensorSpec((1, *graph.inputs[0].shape[1:]), tf.float32)
    traced = tf.function(lambda pixels: graph(pixels, training=False))
    definition = traced.get_concrete_function(signature).graph.as_graph_def()
    bodies = (function.node_def for function in _functions_of(definition))
    return any(node.op in _MAY_OVERFLOW for nodes in (definition.node, *bodies) for node in nodes)


def require_finite(flatbuffer: bytes, seen: Mapping[str, Activation]) -> None:
    """Refuse a float32 network whose activations were seen to be infinite, or no number.

    Args:
        seen: its activations, in the order of execution.

    Raises:
        UserError: names the first op that gives such a value.
    """
    ops = {layer.name: layer.op for layer in read_contents(flatbuffer).layers}
    for name, activation in seen.items():
        if not np.isfinite([activation.least, activation.most]).all():
            raise UserError(
                f"the int8 model is not written: {ops[name]} {name} gives infinity, or no number, "
                "for a calibration picture, and no integer stands for that: replace the layer "
                "that it is of, or normalise what the layer takes",
                exit_code=REFUSED,
            )
