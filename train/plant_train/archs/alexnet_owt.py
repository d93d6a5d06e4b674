"""AlexNet of "One weird trick" (Krizhevsky 2014, arXiv:1404.5997), as torchvision has it.

One column without groups or normalisation layers, 64-192-384-256-256 filters, at 224 x 224.
torchvision's adaptive pooling to 6 x 6 is the identity at this size. Untrained convolutions
start by He et al. 2015, as our `alexnet`'s do; dense layers as PyTorch's.
"""

import keras
from keras import layers

from plant_device.contract.geometry import Geometry
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.normalisation import normalise
from plant_train.archs.published import (
    ARRAYS,
    TORCH,
    PublishedWeights,
    as_is,
    kernel_and_bias,
    oihw,
    out_in,
    out_of_chw,
)

_CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")


def _build(classes: int, options: Options) -> keras.Model:
    # --- the graph
    inputs = keras.Input((224, 224, 3), name="picture")
    x = normalise("torchvision")(inputs)
    # Keras's "same" would put 3 rows before the picture and 4 behind it.
    x = layers.ZeroPadding2D(2, name="pad1")(x)
    x = layers.Conv2D(
        64, 11, strides=4, activation="relu", kernel_initializer="he_normal", name="conv1"
    )(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    x = _convolution("conv2", 192, 5)(x)
    x = layers.MaxPooling2D(3, 2, name="pool2")(x)
    x = _convolution("conv3", 384, 3)(x)
    x = _convolution("conv4", 256, 3)(x)
    x = _convolution("conv5", 256, 3)(x)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="drop6")(x)
    x = _dense("fc6", 4096, activation="relu")(x)
    x = layers.Dropout(0.5, name="drop7")(x)
    x = _dense("fc7", 4096, activation="relu")(x)
    logits = _dense("fc8", classes, dtype="float32")(x)
    # --- the configuration
    return keras.Model(inputs, logits, name="alexnet-owt")


def _convolution(name: str, filters: int, side: int) -> keras.layers.Layer:
    return layers.Conv2D(
        filters,
        side,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )


def _dense(
    name: str, units: int, *, activation: str | None = None, dtype: str | None = None
) -> keras.layers.Layer:
    return layers.Dense(
        units,
        activation=activation,
        # torch.nn.Linear's: uniform within 1 / sqrt(inputs).
        kernel_initializer=keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform"),
        dtype=dtype,
        name=name,
    )


ALEXNET_OWT = Architecture(
    name="alexnet-owt",
    geometry=Geometry(input_side=224),
    options=Options,
    build=_build,
    groups=tuple((name,) for name in (*_CONVOLUTIONS, "fc6", "fc7", "fc8")),
    features="flatten",
    head="fc6",
    weights=(
        PublishedWeights(
            "torchvision's alexnet",
            (
                *kernel_and_bias(TORCH, "features.0", "conv1", oihw),
                *kernel_and_bias(TORCH, "features.3", "conv2", oihw),
                *kernel_and_bias(TORCH, "features.6", "conv3", oihw),
                *kernel_and_bias(TORCH, "features.8", "conv4", oihw),
                *kernel_and_bias(TORCH, "features.10", "conv5", oihw),
                *kernel_and_bias(TORCH, "classifier.1", "fc6", out_of_chw(256, 6, 6)),
                *kernel_and_bias(TORCH, "classifier.4", "fc7", out_in),
                *kernel_and_bias(TORCH, "classifier.6", "fc8", out_in),
            ),
        ),
        PublishedWeights(
            "torchvision's convolutions as arrays",
            tuple(
                tensor
                for name in _CONVOLUTIONS
                for tensor in kernel_and_bias(ARRAYS, name, name, as_is)
            ),
        ),
    ),
    reset=("fc7", "fc8"),
    published="Published (torchvision): 61,100,840 parameters with 1000 classes.",
)
