"""The same pictures through keras.applications' networks and ours: the same logits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_train.archs.architecture import Architecture
from plant_train.archs.resnet50 import RESNET50
from plant_train.archs.vgg16 import VGG16
from plant_train.weights.porting import WeightsFile, open_weights

Pictures = Callable[[int], np.ndarray]
OurLogits = Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray]


def _drawn(model: keras.Model, last_gain: float) -> keras.Model:
    """The model with biases and statistics that are not 0 and 1, as after a training."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        drawn = []
        for variable in layer.weights:
            noise = rng.standard_normal(variable.shape, dtype=np.float32)
            if len(variable.shape) > 1:
                drawn.append(noise * np.float32(np.sqrt(2 / np.prod(variable.shape[:-1]))))
            elif variable.name == "moving_variance":
                drawn.append(np.exp(noise / 4))
            elif variable.name == "gamma":
                drawn.append(0.8 + noise / 5)
            else:
                drawn.append(noise / 10)
        layer.set_weights(drawn)
    last = model.layers[-1]
    kernel, bias = last.get_weights()
    last.set_weights([kernel * np.float32(last_gain), bias])
    return model


def _theirs(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    # VGG16's and ResNet50's preprocessing is one function: BGR without Caffe's mean.
    logits: np.ndarray = model(keras.applications.vgg16.preprocess_input(pixels.copy())).numpy()
    return logits


@pytest.mark.parametrize(
    "ending",
    [
        "h5",
        pytest.param("keras", marks=pytest.mark.import_proof),
        pytest.param("weights.h5", marks=pytest.mark.import_proof),
    ],
)
def test_keras_resnet50_gives_its_own_logits_from_each_of_its_kinds_of_files(
    ending: str, tmp_path: Path, pictures: Pictures, our_logits: OurLogits
) -> None:
    model = _drawn(
        keras.applications.ResNet50(weights=None, classes=10, classifier_activation=None), 0.002
    )
    path = tmp_path / f"resnet50.{ending}"
    (model.save_weights if ending == "weights.h5" else model.save)(path)
    weights = open_weights(path, RESNET50, RESNET50.options())
    assert weights.options.model_dump() == {"variant": "v1"}
    theirs = _theirs(model, pictures(224))
    assert 0.5 < theirs.std() < 10
    ours = our_logits(RESNET50, weights, pictures(224))
    np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=0)


@pytest.mark.import_proof
def test_keras_vgg16_gives_its_own_logits(
    tmp_path: Path, pictures: Pictures, our_logits: OurLogits
) -> None:
    model = _drawn(keras.applications.VGG16(weights=None, classifier_activation=None), 0.02)
    assert model.count_params() == 138_357_544
    model.save_weights(tmp_path / "vgg16.weights.h5")
    theirs = _theirs(model, pictures(224))
    del model
    weights = open_weights(tmp_path / "vgg16.weights.h5", VGG16, VGG16.options())
    assert weights.options.model_dump() == {"normalisation": "caffe"}
    assert 0.5 < theirs.std() < 10
    ours = our_logits(VGG16, weights, pictures(224))
    np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=0)
