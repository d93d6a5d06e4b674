"""ResNet50 (He et al. 2015, arXiv:1512.03385), in the two forms whose weights are published.

- `v1.5`, torchvision's: the 3x3 convolution of a stage's first block takes the stride.
- `v1`, keras.applications' ResNet50: the first 1x1 takes it, convolutions have biases, pixels
  are normalised as for Caffe, and batch normalisation has another epsilon.

Untrained convolutions start as torchvision's, and a step moves the running statistics by a
tenth, as there.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import keras
from keras import layers

from plant_device.contract.geometry import Geometry
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.normalisation import Normalisation, normalise
from plant_train.archs.published import (
    ImportedTensor,
    Layout,
    PublishedWeights,
    as_is,
    of_bgr,
    oihw,
    out_in,
)

# Filters of the 3x3 convolutions of each stage, and how many blocks it has.
_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
_EXPANSION = 4


class ResNet50Options(Options):
    """Which published form; follows the weights where it is not said."""

    variant: Literal["v1.5", "v1"] = "v1.5"


class _Form(NamedTuple):
    """Where the two variants differ."""

    normalisation: Normalisation
    stride_on_3x3: bool
    bias: bool
    epsilon: float


_FORMS = {
    "v1.5": _Form("torchvision", stride_on_3x3=True, bias=False, epsilon=1e-5),
    "v1": _Form("caffe", stride_on_3x3=False, bias=True, epsilon=1.001e-5),
}


def _build(classes: int, options: Options) -> keras.Model:
    assert isinstance(options, ResNet50Options)
    form = _FORMS[options.variant]
    # --- the graph
    inputs = keras.Input((224, 224, 3), name="picture")
    x = normalise(form.normalisation)(inputs)
    x = layers.ZeroPadding2D(3, name="stem_pad")(x)
    x = _convolution(x, "stem", 64, 7, form, stride=2)
    x = layers.ReLU(name="stem_relu")(x)
    # Zeros are as good as a border here: nothing is below them behind a ReLU.
    x = layers.ZeroPadding2D(1, name="stem_pool_pad")(x)
    x = layers.MaxPooling2D(3, 2, name="stem_pool")(x)
    for stage, (filters, blocks) in enumerate(_STAGES, start=1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            x = _block(x, f"stage{stage}_block{block}", filters, form, stride, block == 1)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    logits = layers.Dense(classes, dtype="float32", name="fc")(x)
    # --- the configuration
    return keras.Model(inputs, logits, name="resnet50")


def _block(
    x: keras.KerasTensor, name: str, filters: int, form: _Form, stride: int, widens: bool
) -> keras.KerasTensor:
    """A bottleneck: 1x1, 3x3, 1x1, beside the input or its projection."""
    on_1x1, on_3x3 = (1, stride) if form.stride_on_3x3 else (stride, 1)
    shortcut = x
    if widens:
        shortcut = _convolution(x, f"{name}_shortcut", _EXPANSION * filters, 1, form, stride)
    y = _convolution(x, f"{name}_1", filters, 1, form, on_1x1)
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    # Keras's "same" would pad a strided convolution behind the picture alone.
    y = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(y)
    y = _convolution(y, f"{name}_2", filters, 3, form, on_3x3)
    y = layers.ReLU(name=f"{name}_2_relu")(y)
    y = _convolution(y, f"{name}_3", _EXPANSION * filters, 1, form)
    y = layers.Add(name=f"{name}_add")([shortcut, y])
    return layers.ReLU(name=f"{name}_relu")(y)


def _convolution(
    x: keras.KerasTensor, name: str, filters: int, side: int, form: _Form, stride: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        side,
        strides=stride,
        use_bias=form.bias,
        kernel_initializer=keras.initializers.VarianceScaling(2, "fan_out"),
        name=f"{name}_conv",
    )(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=form.epsilon, name=f"{name}_norm")(x)


class _Place(NamedTuple):
    """A convolution with its normalisation, and what the publishers call both."""

    ours: str
    torchvision: tuple[str, str]
    keras: tuple[str, str]


def _places(stage: int) -> Iterator[_Place]:
    """The convolutions of a stage in the order of the graph; stage 0 is the stem."""
    if stage == 0:
        yield _Place("stem", ("conv1", "bn1"), ("conv1_conv", "conv1_bn"))
        return
    for block in range(1, _STAGES[stage - 1][1] + 1):
        ours = f"stage{stage}_block{block}"
        torchvision = f"layer{stage}.{block - 1}"
        applications = f"conv{stage + 1}_block{block}"
        if block == 1:
            yield _Place(
                f"{ours}_shortcut",
                (f"{torchvision}.downsample.0", f"{torchvision}.downsample.1"),
                (f"{applications}_0_conv", f"{applications}_0_bn"),
            )
        for number in (1, 2, 3):
            yield _Place(
                f"{ours}_{number}",
                (f"{torchvision}.conv{number}", f"{torchvision}.bn{number}"),
                (f"{applications}_{number}_conv", f"{applications}_{number}_bn"),
            )


def _torchvision() -> Iterator[ImportedTensor]:
    for place in (place for stage in range(5) for place in _places(stage)):
        convolution, normalisation = place.torchvision
        yield ImportedTensor(f"{convolution}.weight", f"{place.ours}_conv", "kernel", oihw)
        norm = f"{place.ours}_norm"
        yield ImportedTensor(f"{normalisation}.weight", norm, "gamma")
        yield ImportedTensor(f"{normalisation}.bias", norm, "beta")
        yield ImportedTensor(f"{normalisation}.running_mean", norm, "moving_mean")
        yield ImportedTensor(f"{normalisation}.running_var", norm, "moving_variance")
    yield ImportedTensor("fc.weight", "fc", "kernel", out_in)
    yield ImportedTensor("fc.bias", "fc", "bias")


def _applications() -> Iterator[ImportedTensor]:
    for place in (place for stage in range(5) for place in _places(stage)):
        convolution, normalisation = place.keras
        layout: Layout = of_bgr(as_is) if place.ours == "stem" else as_is
        yield ImportedTensor(f"{convolution}/0", f"{place.ours}_conv", "kernel", layout)
        yield ImportedTensor(f"{convolution}/1", f"{place.ours}_conv", "bias")
        norm = f"{place.ours}_norm"
        yield ImportedTensor(f"{normalisation}/0", norm, "gamma")
        yield ImportedTensor(f"{normalisation}/1", norm, "beta")
        yield ImportedTensor(f"{normalisation}/2", norm, "moving_mean")
        yield ImportedTensor(f"{normalisation}/3", norm, "moving_variance")
    yield ImportedTensor("predictions/0", "fc", "kernel", as_is)
    yield ImportedTensor("predictions/1", "fc", "bias")


RESNET50 = Architecture(
    name="resnet50",
    geometry=Geometry(input_side=224),
    options=ResNet50Options,
    build=_build,
    groups=(
        *(
            tuple(f"{place.ours}_{kind}" for place in _places(stage) for kind in ("conv", "norm"))
            for stage in range(5)
        ),
        ("fc",),
    ),
    features="pool",
    head="fc",
    weights=(
        PublishedWeights("torchvision's resnet50", tuple(_torchvision()), {"variant": "v1.5"}),
        PublishedWeights("keras.applications' ResNet50", tuple(_applications()), {"variant": "v1"}),
    ),
    reset=("fc",),
    published=(
        "Published (torchvision): 25,557,032 parameters with 1000 classes; keras.applications "
        "counts the biases of its variant v1 and the running statistics too: 25,636,712."
    ),
)
