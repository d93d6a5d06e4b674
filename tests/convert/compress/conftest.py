from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from plant_train.archs.layers import GroupedConv2D


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Every kind of layer that has factors, and a branch, batch normalisation and dropout."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((24, 24, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(32, 5, strides=2, activation="relu", name="strided")(x)
    x = GroupedConv2D(64, 3, padding="same", groups=2, activation="relu", name="grouped")(x)
    x = beside = layers.Conv2D(64, 3, padding="same", use_bias=False, name="without_bias")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="normalised")(x))
    x = layers.Flatten()(layers.MaxPooling2D(2)(layers.Add()([x, beside])))
    x = layers.Dropout(0.5)(layers.Dense(96, activation="relu", name="dense")(x))
    model = keras.Model(inputs, layers.Dense(8, name="logits")(x))
    rng = np.random.default_rng(0)
    statistics = [
        np.abs(rng.normal(1, 0.1, one.shape)) for one in model.get_layer("normalised").get_weights()
    ]
    model.get_layer("normalised").set_weights(statistics)
    return model


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Smooth ones, as photographs are: neighbours say nearly the same."""
    coarse = np.random.default_rng(1).integers(0, 256, (160, 6, 6, 3)).astype(np.float32)
    return np.asarray(keras.ops.image.resize(coarse, (24, 24))).astype(np.uint8)
