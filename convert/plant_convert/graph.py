"""The graph that is converted: the run's own, in the form that a device runs best."""

import keras
import numpy as np
from keras import layers

from plant_convert.normalisation import fold_rescaling
from plant_train.archs.layers import GroupedConv2D


def inference_graph(model: keras.Model) -> keras.Model:
    """The same function in float32 for one picture of raw pixels.

    Grouped convolutions become one grouped op each, and the normalisation of the input
    disappears into the first convolution where that is exact.
    """
    folds = _folds(model)

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, GroupedConv2D):
            return layers.Conv2D.from_config(config)
        if isinstance(layer, layers.Rescaling) and folds:
            return layers.Activation("linear", name=layer.name)
        return type(layer).from_config(config)

    graph = keras.models.clone_model(model, clone_function=clone)
    graph.set_weights(model.get_weights())
    if folds:
        rescaling, convolution = model.layers[1], model.layers[2]
        kernel, bias = convolution.get_weights()
        folded = fold_rescaling(kernel, bias, np.array(rescaling.scale), np.array(rescaling.offset))
        graph.get_layer(convolution.name).set_weights(folded)
    return graph


def _folds(model: keras.Model) -> bool:
    # With padding, the border would have to be padded with the mean instead of zero.
    first, second = model.layers[1], model.layers[2]
    return (
        isinstance(first, layers.Rescaling)
        and isinstance(second, layers.Conv2D)
        and second.padding == "valid"
        and second.groups == 1
    )
