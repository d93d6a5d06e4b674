"""Other forms of local response normalisation than the product's, to be compared with it."""

from collections.abc import Sequence

import keras
import numpy as np
from converted import with_layers
from keras import layers

from plant_convert.integer_lrn import IntegerLrn
from plant_device.contract.geometry import Picture
from plant_train.archs.layers import LocalResponseNormalization

_FITTING_PICTURES = 32


def with_form(integer: keras.Model, form: type[IntegerLrn]) -> keras.Model:
    """The graph with another form in the place of every IntegerLrn."""
    return with_layers(
        integer,
        lambda layer: (
            form(layer.lrn, layer.form, name=layer.name) if isinstance(layer, IntegerLrn) else None
        ),
    )


def without(graph: keras.Model) -> keras.Model:
    """The graph without any normalisation: another function."""
    return with_layers(
        graph,
        lambda layer: (
            layers.Activation("linear", name=layer.name)
            if isinstance(layer, LocalResponseNormalization)
            else None
        ),
    )


def as_scales(graph: keras.Model, representative: Sequence[Picture]) -> keras.Model:
    """A constant for each channel in the place of a normalisation, inside the next convolution.

    It is the one that is nearest by mean square.
    """
    bare = without(graph)
    pixels = np.stack(representative[:_FITTING_PICTURES]).astype(np.float32)
    for place, layer in enumerate(graph.layers):
        if not isinstance(layer, LocalResponseNormalization):
            continue
        both = keras.Model(graph.inputs, [layer.input, layer.output])
        given, wanted = both.predict(pixels, batch_size=8, verbose=0)
        axes = (0, 1, 2)
        scales = (given * wanted).sum(axes) / np.maximum((given**2).sum(axes), 1e-9)
        after = next(one for one in graph.layers[place + 1 :] if isinstance(one, layers.Conv2D))
        kernel, *bias = bare.get_layer(after.name).get_weights()
        # Of grouped channels, each group of filters takes its own.
        taken = np.stack(np.split(scales, after.groups)).repeat(after.filters // after.groups, 0)
        bare.get_layer(after.name).set_weights([kernel * taken.T, *bias])
    return bare
