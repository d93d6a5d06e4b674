"""Where in a network there still is a picture: layers with an output [B, H, W, C]."""

import keras


def first_convolution(model: keras.Model) -> keras.layers.Layer:
    """The convolution that sees the picture."""
    return next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))


def last_spatial_layer(model: keras.Model) -> keras.layers.Layer:
    """The last layer that still knows places; pooling, which only thins them out, left aside.

    That is AlexNet's and VGG's last convolution and ResNet's last sum, whose maps Selvaraju
    et al. 2017 use too.
    """
    return [layer for layer in model.layers if _is_spatial(layer)][-1]


def _is_spatial(layer: keras.layers.Layer) -> bool:
    if isinstance(layer, keras.layers.MaxPooling2D | keras.layers.AveragePooling2D):
        return False
    shape = layer.output.shape
    return len(shape) == 4 and shape[1] > 1 and shape[2] > 1
