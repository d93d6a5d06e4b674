"""AlexNet as published: Krizhevsky, Sutskever, Hinton 2012, in one column.

Sizes and normalisation (k = 1, alpha = 1e-4 over 5 channels; the paper has k = 2) as in
Caffe's `bvlc_alexnet`, whose ImageNet weights are the published ones in this form.
Untrained layers start as in the PlantVillage trials, but for the convolutions: He et al.
2015 (arXiv:1502.01852) instead of the paper's 0.01, which leaves the first epochs flat.
"""

from typing import Literal

import keras
from keras import layers

from plant_device.contract.geometry import Geometry
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.layers import GroupedConv2D, LocalResponseNormalization
from plant_train.archs.published import (
    ARRAYS,
    CAFFE,
    CAFFE2,
    ImportedTensor,
    PublishedWeights,
    as_is,
    kernel_and_bias,
    of_bgr,
    oihw,
    out_in,
    out_of_chw,
)

_CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
# Caffe's ImageNet mean, in the order of our input: red, green, blue.
_MEAN_RGB = (123.0, 117.0, 104.0)


class AlexNetOptions(Options):
    """Groups of conv2, conv4 and conv5, and what comes first after conv1 and conv2."""

    groups: Literal[1, 2] = 2
    order: Literal["normalise-pool", "pool-normalise"] = "normalise-pool"


def _build(classes: int, options: Options) -> keras.Model:
    assert isinstance(options, AlexNetOptions)
    # --- the graph
    inputs = keras.Input((227, 227, 3), name="picture")
    x = layers.Rescaling(1.0, offset=[-mean for mean in _MEAN_RGB], name="mean")(inputs)
    x = _convolution("conv1", 96, 11, stride=4, bias=0.0)(x)
    x = _normalise_and_pool(x, 1, options.order)
    x = _convolution("conv2", 256, 5, options.groups, bias=0.1)(x)
    x = _normalise_and_pool(x, 2, options.order)
    x = _convolution("conv3", 384, 3, bias=0.0)(x)
    x = _convolution("conv4", 384, 3, options.groups, bias=0.1)(x)
    x = _convolution("conv5", 256, 3, options.groups, bias=0.1)(x)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    x = layers.Flatten(name="flatten")(x)
    x = _dense("fc6", 4096)(x)
    x = layers.Dropout(0.5, name="drop6")(x)
    x = _dense("fc7", 4096)(x)
    x = layers.Dropout(0.5, name="drop7")(x)
    logits = layers.Dense(
        classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype="float32",
        name="fc8",
    )(x)
    # --- the configuration
    return keras.Model(inputs, logits, name="alexnet")


def _convolution(
    name: str, filters: int, side: int, groups: int = 1, *, stride: int = 1, bias: float
) -> keras.layers.Layer:
    kind = GroupedConv2D if groups > 1 else layers.Conv2D
    return kind(
        filters,
        side,
        strides=stride,
        groups=groups,
        padding="valid" if stride > 1 else "same",
        activation="relu",
        # The first one sees pixels, with a spread of about 60: there the paper's 0.01 is right.
        kernel_initializer=(
            keras.initializers.RandomNormal(stddev=0.01) if stride > 1 else "he_normal"
        ),
        bias_initializer=keras.initializers.Constant(bias),
        name=name,
    )


def _normalise_and_pool(x: keras.KerasTensor, number: int, order: str) -> keras.KerasTensor:
    normalise = LocalResponseNormalization(
        size=5, alpha=1e-4 / 5, beta=0.75, k=1.0, name=f"norm{number}"
    )
    pool = layers.MaxPooling2D(3, 2, name=f"pool{number}")
    return pool(normalise(x)) if order == "normalise-pool" else normalise(pool(x))


def _dense(name: str, units: int) -> keras.layers.Layer:
    return layers.Dense(
        units,
        activation="relu",
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.005),
        bias_initializer=keras.initializers.Constant(0.1),
        name=name,
    )


def _bvlc(names: tuple[str, str]) -> tuple[ImportedTensor, ...]:
    return (
        *kernel_and_bias(names, "conv1", "conv1", of_bgr(oihw)),
        *kernel_and_bias(names, "conv2", "conv2", oihw),
        *kernel_and_bias(names, "conv3", "conv3", oihw),
        *kernel_and_bias(names, "conv4", "conv4", oihw),
        *kernel_and_bias(names, "conv5", "conv5", oihw),
        *kernel_and_bias(names, "fc6", "fc6", out_of_chw(256, 6, 6)),
        *kernel_and_bias(names, "fc7", "fc7", out_in),
        *kernel_and_bias(names, "fc8", "fc8", out_in),
    )


ALEXNET = Architecture(
    name="alexnet",
    geometry=Geometry(input_side=227),
    options=AlexNetOptions,
    build=_build,
    groups=tuple((name,) for name in (*_CONVOLUTIONS, "fc6", "fc7", "fc8")),
    features="flatten",
    head="fc6",
    weights=(
        PublishedWeights("BVLC AlexNet for Caffe", _bvlc(CAFFE), {"groups": 2}),
        PublishedWeights("BVLC AlexNet of the ONNX model zoo", _bvlc(CAFFE2), {"groups": 2}),
        PublishedWeights(
            "BVLC AlexNet's convolutions as arrays",
            tuple(
                tensor
                for name in _CONVOLUTIONS
                for tensor in kernel_and_bias(
                    ARRAYS, name, name, of_bgr(as_is) if name == "conv1" else as_is
                )
            ),
            {"groups": 2},
        ),
    ),
    reset=("fc7", "fc8"),
    published=(
        "Published (Krizhevsky 2012): 60 million parameters, 650,000 neurons, 630 million "
        "connections.\n"
        "Parameters: with grouping 2 and 1000 classes 60,965,224; without grouping 62,378,344.\n"
        "Neurons: the paper lists 253,440 for conv1, which is 55 x 48 x 96; 55 x 55 x 96 is "
        "290,400. With its figure the layers sum to 622,312, with ours to 659,272: "
        "650,000 lies between.\n"
        "Connections: this table counts a multiply-add for every kernel weight at every output, "
        "zero padding included: 724 million with grouping 2, 15 % above the published 630 million. "
        "Leaving out the taps that fall on padding gives 671 million, of which the convolutions "
        "are 613 million. How the 630 was counted is not published; no count of ours gives it."
    ),
)
