"""Of which layer of a Keras graph an op is: ops are named after the layers around them."""

import re
from collections.abc import Iterator

import keras


def with_layer(graph: keras.Model, name: str) -> str:
    """An op's name, and its layer where that is known: `net_1/memory_1/while (LSTM memory)`."""
    layer = _layer_of(graph, name)
    return f"{name} ({type(layer).__name__} {layer.name})" if layer else name


def _layer_of(graph: keras.Model, name: str) -> keras.layers.Layer | None:
    """The outermost layer that is no model, of an op that may be several in one."""
    # A number is behind every name, or behind none: conv_1 may be the layer conv, or conv_1.
    number = "" if name.startswith(f"{graph.name}/") else r"_\d+"
    for part in re.split("[/;]", name):
        for layer in _layers(graph):
            if re.fullmatch(re.escape(layer.name) + number, part):
                return layer
    return None


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
