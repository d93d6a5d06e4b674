from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_train.archs import read_options
from plant_train.archs.alexnet_owt import ALEXNET_OWT
from plant_train.archs.summary import LayerRow, layer_rows


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """As published: 1000 classes."""
    return ALEXNET_OWT.build(1000, read_options(ALEXNET_OWT, []))


@pytest.fixture(scope="module")
def rows(model: keras.Model) -> dict[str, LayerRow]:
    return {row.name: row for row in layer_rows(model)}


def test_the_table_has_torchvisions_shapes_and_parameters(rows: dict[str, LayerRow]) -> None:
    shapes = {
        "conv1": (55, 55, 64),
        "pool1": (27, 27, 64),
        "conv2": (27, 27, 192),
        "pool2": (13, 13, 192),
        "conv3": (13, 13, 384),
        "conv4": (13, 13, 256),
        "conv5": (13, 13, 256),
        "pool5": (6, 6, 256),
        "flatten": (9216,),
        "fc6": (4096,),
        "fc7": (4096,),
        "fc8": (1000,),
    }
    assert {name: rows[name].output for name in shapes} == shapes
    assert sum(row.parameters for row in rows.values()) == 61_100_840


def test_dropout_stands_before_fc6_and_fc7_and_behind_the_features(model: keras.Model) -> None:
    names = [layer.name for layer in model.layers]
    assert names[-6:] == ["flatten", "drop6", "fc6", "drop7", "fc7", "fc8"]
    assert model.get_layer("drop6").rate == model.get_layer("drop7").rate == 0.5


def test_pixels_are_normalised_as_torchvision_does(model: keras.Model) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3)).astype(np.float32)
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(
        model.get_layer("mean")(pixels).numpy(), (pixels / 255 - mean) / spread, atol=1e-6
    )
