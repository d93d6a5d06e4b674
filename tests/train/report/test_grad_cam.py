from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_train.archs import ARCHITECTURES
from plant_train.report.grad_cam import grad_cam, overlay
from plant_train.report.spatial import first_convolution, last_spatial_layer


@pytest.fixture(scope="module")
def corner_net() -> keras.Model:
    """Its first logit is the mean red, its second the mean green of the picture; 4x4 places."""
    inputs = keras.Input((16, 16, 3))
    kernel = np.zeros((4, 4, 3, 2), np.float32)
    kernel[:, :, 0, 0] = kernel[:, :, 1, 1] = 1 / 16
    colours = keras.layers.Conv2D(2, 4, strides=4, use_bias=False, name="colours")
    pooled = keras.layers.MaxPooling2D(2)(colours(inputs))
    outputs = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones", name="sum")(
        keras.layers.GlobalAveragePooling2D()(pooled)
    )
    model = keras.Model(inputs, outputs)
    colours.set_weights([kernel])
    model.get_layer("sum").set_weights([np.eye(2, dtype=np.float32)])
    return model


def test_the_heat_lies_where_the_answer_comes_from(corner_net: keras.Model) -> None:
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[:4, :4, 0] = 200  # red at the top left
    picture[12:, 12:, 1] = 100  # green at the bottom right
    red, green = grad_cam(corner_net, np.stack([picture, picture]), np.array([0, 1]))
    assert red.shape == (4, 4)
    assert np.array_equal(red, np.eye(1, 16, 0).reshape(4, 4))
    assert np.array_equal(green, np.eye(1, 16, 15).reshape(4, 4))


def test_nothing_speaks_for_an_answer_to_a_black_picture(corner_net: keras.Model) -> None:
    heat = grad_cam(corner_net, np.zeros((1, 16, 16, 3), np.uint8), np.array([0]))
    assert np.array_equal(heat, np.zeros((1, 4, 4)))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("alexnet", "lenet5") else pytest.mark.slow)
        for name in sorted(ARCHITECTURES)
    ],
)
def test_every_architecture_has_its_filters_and_a_layer_that_knows_places(name: str) -> None:
    architecture = ARCHITECTURES[name]
    model = architecture.build(3, architecture.options())
    assert first_convolution(model).kernel.shape[2] == 3
    shape = last_spatial_layer(model).output.shape
    assert min(shape[1:3]) > 1
    side = architecture.geometry.input_side
    noise = np.random.default_rng(0).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    heat = grad_cam(model, noise, np.array([0, 2]))
    assert heat.shape == (2, *shape[1:3])
    assert np.isfinite(heat).all()
    assert heat.min() >= 0
    assert heat.max() <= 1


def test_pooling_after_the_last_convolution_is_left_aside(corner_net: keras.Model) -> None:
    assert last_spatial_layer(corner_net).name == "colours"


def test_the_overlay_is_red_where_it_is_hot_and_blue_where_it_is_not() -> None:
    grey = np.full((40, 40, 3), 128, np.uint8)
    mixed = overlay(grey, np.array([[1.0, 0.0], [0.0, 0.0]]))
    assert mixed.shape == grey.shape
    assert mixed.dtype == np.uint8
    hot, cold = mixed[2, 2].astype(int), mixed[37, 37].astype(int)
    assert hot[0] > hot[2]
    assert cold[2] > cold[0]
