"""The graph that is converted: the run's own, in the form that a device runs best."""

import keras
import numpy as np
from keras import layers

from plant_convert.normalisation import fold_rescaling
from plant_convert.space_to_depth import SpaceToDepthConv2D, takes_blocks
from plant_train.archs.layers import GroupedConv2D


def inference_graph(model: keras.Model) -> keras.Model:
    """The same function in float32 for one picture of raw pixels.

    Grouped convolutions become one grouped op each, the normalisation of the input disappears
    into the first convolution where that is exact, and a first one that strides takes the pixels
    in blocks.
    """
    foldable = _foldable(model)

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, GroupedConv2D):
            return layers.Conv2D.from_config(config)
        if takes_blocks(layer):
            return SpaceToDepthConv2D.from_config(config)
        if foldable and layer is foldable[0]:
            return layers.Activation("linear", name=layer.name)
        return type(layer).from_config(config)

    graph = keras.models.clone_model(model, clone_function=clone)
    graph.set_weights(model.get_weights())
    if foldable:
        rescaling, convolution = foldable
        kernel, bias = convolution.get_weights()
        folded = fold_rescaling(kernel, bias, np.array(rescaling.scale), np.array(rescaling.offset))
        graph.get_layer(convolution.name).set_weights(folded)
    return graph


def _foldable(model: keras.Model) -> tuple[layers.Rescaling, layers.Conv2D] | None:
    """A normalisation of the input, and the convolution that alone takes it."""
    first, second = [*model.operations, None, None][1:3]
    folds = (
        isinstance(first, layers.Rescaling)
        and len(first._outbound_nodes) == 1
        and isinstance(second, layers.Conv2D)
        # With padding, the border would have to be padded with the mean instead of zero.
        and second.padding == "valid"
        and second.groups == 1
        and second.use_bias
    )
    return (first, second) if folds else None
