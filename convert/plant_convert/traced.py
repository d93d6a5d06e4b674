"""A Keras graph as TensorFlow runs it: its ops, before any converter has seen them."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import keras
import tensorflow as tf

_functions_of = attrgetter("library.function")
"""The functions that a GraphDef brings with it."""


def traced_nodes(graph: keras.Model) -> Iterator[Any]:
    """The NodeDefs of a graph for one picture, and of the functions that it calls."""
    signature = tf.TensorSpec((1, *graph.inputs[0].shape[1:]), tf.float32)
    traced = tf.function(lambda pixels: graph(pixels, training=False))
    definition = traced.get_concrete_function(signature).graph.as_graph_def()
    yield from definition.node
    for function in _functions_of(definition):
        yield from function.node_def
