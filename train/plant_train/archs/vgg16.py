"""VGG16 (Simonyan and Zisserman 2014, arXiv:1409.1556), configuration D.

torchvision trained its own weights, on its own normalisation; the authors' come in Caffe's
form, and keras.applications has these. Untrained layers start as torchvision's.
"""

import keras
from keras import layers

from plant_device.contract.geometry import Geometry
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.normalisation import Normalisation, normalise
from plant_train.archs.published import (
    CAFFE,
    KERAS,
    TORCH,
    ImportedTensor,
    Layout,
    PublishedWeights,
    as_is,
    kernel_and_bias,
    of_bgr,
    oihw,
    out_in,
    out_of_chw,
)

# Filters of each block, and how many convolutions it has.
_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_CONVOLUTIONS = tuple(
    tuple(f"conv{block}_{number}" for number in range(1, count + 1))
    for block, (_, count) in enumerate(_BLOCKS, start=1)
)


class Vgg16Options(Options):
    """What pixels become first; follows the weights where it is not said."""

    normalisation: Normalisation = "torchvision"


def _build(classes: int, options: Options) -> keras.Model:
    assert isinstance(options, Vgg16Options)
    # --- the graph
    inputs = keras.Input((224, 224, 3), name="picture")
    x = normalise(options.normalisation)(inputs)
    for block, (names, (filters, _)) in enumerate(zip(_CONVOLUTIONS, _BLOCKS, strict=True), 1):
        for name in names:
            x = layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                kernel_initializer=keras.initializers.VarianceScaling(2, "fan_out"),
                name=name,
            )(x)
        x = layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = _dense("fc6", 4096, activation="relu")(x)
    x = layers.Dropout(0.5, name="drop6")(x)
    x = _dense("fc7", 4096, activation="relu")(x)
    x = layers.Dropout(0.5, name="drop7")(x)
    logits = _dense("fc8", classes, dtype="float32")(x)
    # --- the configuration
    return keras.Model(inputs, logits, name="vgg16")


def _dense(
    name: str, units: int, *, activation: str | None = None, dtype: str | None = None
) -> keras.layers.Layer:
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype=dtype,
        name=name,
    )


def _tensors(
    names: tuple[str, str], sources: list[str], layouts: tuple[Layout, Layout, Layout, Layout]
) -> tuple[ImportedTensor, ...]:
    """One publisher's 16 layers in the order of the graph.

    Args:
        layouts: of conv1_1, of the other convolutions, of fc6, of fc7 and fc8.
    """
    first, convolution, fc6, dense = layouts
    ours = [name for block in _CONVOLUTIONS for name in block]
    turned = [first, *[convolution] * 12, fc6, dense, dense]
    return tuple(
        tensor
        for source, layer, layout in zip(sources, [*ours, "fc6", "fc7", "fc8"], turned, strict=True)
        for tensor in kernel_and_bias(names, source, layer, layout)
    )


# The places of the convolutions in torchvision's `features`: ReLU and pooling stand between.
_TORCHVISION = _tensors(
    TORCH,
    [
        *(f"features.{place}" for place in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)),
        *("classifier.0", "classifier.3", "classifier.6"),
    ],
    (oihw, oihw, out_of_chw(512, 7, 7), out_in),
)
_KERAS = _tensors(
    KERAS,
    [
        *(f"block{name[4]}_conv{name[6]}" for block in _CONVOLUTIONS for name in block),
        *("fc1", "fc2", "predictions"),
    ],
    (of_bgr(as_is), as_is, as_is, as_is),
)
_CAFFE = _tensors(
    CAFFE,
    [*(name for block in _CONVOLUTIONS for name in block), "fc6", "fc7", "fc8"],
    (of_bgr(oihw), oihw, out_of_chw(512, 7, 7), out_in),
)

VGG16 = Architecture(
    name="vgg16",
    geometry=Geometry(input_side=224),
    options=Vgg16Options,
    build=_build,
    groups=(*_CONVOLUTIONS, ("fc6",), ("fc7",), ("fc8",)),
    features="flatten",
    head="fc6",
    weights=(
        PublishedWeights("torchvision's vgg16", _TORCHVISION, {"normalisation": "torchvision"}),
        PublishedWeights("keras.applications' VGG16", _KERAS, {"normalisation": "caffe"}),
        PublishedWeights("the authors' VGG16 for Caffe", _CAFFE, {"normalisation": "caffe"}),
    ),
    reset=("fc7", "fc8"),
    published="Published: 138 million parameters (torchvision: 138,357,544 with 1000 classes).",
)
