from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_convert.backends import METHODS, Backend, Quantisation, quantise
from plant_convert.graph import inference_graph
from plant_convert.open_graph import OpenGraph
from plant_convert.space_to_depth import SpaceToDepthConv2D, takes_blocks
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture

WAYS = [Quantisation(backend, method) for backend, ways in METHODS.items() for method in ways]


def _pictures(side: int, count: int) -> list[Picture]:
    found = [*np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _net(side: int, kernel: int, step: int, kind: type = keras.layers.Conv2D) -> keras.Model:
    inputs = keras.Input((side, side, 3))
    x = kind(8, kernel, step, activation="relu", name="first")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(5, name="logits")(x))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=one.shape) * 0.1 for one in model.get_weights()])
    return model


# AlexNet's (227, 11, 4) and ResNet's (230, 7, 2), smaller; a missing row of pixels or none.
SHAPES = [(27, 11, 4), (28, 11, 4), (24, 11, 4), (30, 7, 2), (31, 7, 2), (17, 5, 3), (16, 4, 4)]


@pytest.mark.parametrize(("side", "kernel", "step"), SHAPES)
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_the_same_function_as_keras_own(
    side: int, kernel: int, step: int, bias: bool
) -> None:
    pixels = np.stack(_pictures(side, 3)).astype(np.float32)
    settings = {"strides": step, "activation": "relu", "use_bias": bias}
    plain = keras.layers.Conv2D(8, kernel, **settings)
    expected = plain(pixels)
    blocks = SpaceToDepthConv2D(8, kernel, **settings)
    blocks.build(pixels.shape)
    blocks.set_weights(plain.get_weights())
    found = blocks(pixels)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.backend}-{way.method}")
def test_in_int8_the_blocks_are_the_pixels(way: Quantisation) -> None:
    pictures = _pictures(27, 8)
    graph = OpenGraph(quantise(_net(27, 11, 4, SpaceToDepthConv2D), pictures, way))
    assert graph.ops[:3] == ["QUANTIZE", "CONV_2D", "CONV_2D"]
    for picture in pictures:
        graph.run(picture)
        whole = np.pad(picture, ((0, 1), (0, 1), (0, 0)))[np.newaxis].astype(np.float32)
        np.testing.assert_array_equal(
            graph.value(graph.outputs[1]), tf.nn.space_to_depth(whole, 4).numpy()
        )


@pytest.mark.parametrize("backend", list(Backend))
def test_in_int8_it_gives_the_bits_of_keras_own(backend: Backend) -> None:
    pictures = _pictures(27, 8)
    given = []
    for kind in (keras.layers.Conv2D, SpaceToDepthConv2D):
        flatbuffer = quantise(_net(27, 11, 4, kind), pictures, Quantisation(backend))
        runtime = Runtime(flatbuffer, side=27, classes=5, name=kind.__name__)
        given.append(np.stack([runtime.logits(picture) for picture in pictures]))
    # Float32's sums, which the scales are taken from, are in another order; a step is more.
    np.testing.assert_allclose(given[1], given[0], rtol=1e-5)
    assert np.abs(given[0]).max() > 1


def _convolution(shape: tuple[int | None, int | None, int], **settings: Any) -> keras.layers.Layer:
    layer = keras.layers.Conv2D(**{"filters": 4, "kernel_size": 11, "strides": 4, **settings})
    layer(keras.Input(shape))
    return layer


@pytest.mark.parametrize(("side", "kernel", "step"), SHAPES)
def test_a_convolution_of_a_picture_takes_blocks(side: int, kernel: int, step: int) -> None:
    graph = inference_graph(_net(side, kernel, step))
    assert isinstance(graph.get_layer("first"), SpaceToDepthConv2D)


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((27, 27, 8), {}),
        ((27, 27, 3), {"strides": 1}),
        ((27, 27, 3), {"padding": "same"}),
        ((27, 27, 4), {"groups": 2}),
        ((29, 29, 3), {"strides": 1, "dilation_rate": 2}),
        ((27, 27, 3), {"kernel_size": (11, 7)}),
        # Two rows are missing; and of too many blocks one more result would come out.
        ((26, 27, 3), {}),
        ((27, 26, 3), {}),
        ((23, 27, 3), {"kernel_size": 12}),
        ((None, 27, 3), {}),
    ],
)
def test_another_one_does_not(
    shape: tuple[int | None, int | None, int], settings: dict[str, Any]
) -> None:
    assert not takes_blocks(_convolution(shape, **settings))
