from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_train.archs import read_options
from plant_train.archs.normalisation import normalise
from plant_train.archs.summary import layer_rows
from plant_train.archs.vgg16 import VGG16


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """As published: 1000 classes."""
    return VGG16.build(1000, read_options(VGG16, []))


def test_the_table_has_the_published_shapes_and_parameters(model: keras.Model) -> None:
    rows = layer_rows(model)
    outputs = {row.name: row.output for row in rows}
    assert outputs["conv1_2"] == (224, 224, 64)
    assert [outputs[f"pool{block}"] for block in range(1, 6)] == [
        (112, 112, 64),
        (56, 56, 128),
        (28, 28, 256),
        (14, 14, 512),
        (7, 7, 512),
    ]
    assert sum("Conv2D 3x3 stride 1 same" in row.kind for row in rows) == 13
    assert sum(row.parameters for row in rows) == 138_357_544
    # Table 2 of many a survey: 15.5 thousand million multiply-adds.
    assert sum(row.connections for row in rows) == 15_470_264_320


def test_dropout_stands_behind_fc6_and_fc7(model: keras.Model) -> None:
    assert [layer.name for layer in model.layers[-6:]] == [
        *("flatten", "fc6", "drop6", "fc7", "drop7", "fc8")
    ]


def test_the_authors_normalisation_subtracts_the_mean_of_each_channel() -> None:
    pixels = np.zeros((1, 2, 2, 3), np.float32)
    values = normalise("caffe")(pixels).numpy()
    # keras.applications: BGR 103.939, 116.779, 123.68; ours stay RGB.
    assert values[0, 0, 0].tolist() == pytest.approx([-123.68, -116.779, -103.939])
    theirs = keras.applications.vgg16.preprocess_input(pixels.copy())
    np.testing.assert_allclose(values, theirs[..., ::-1])
