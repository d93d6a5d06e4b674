"""What tests of `plant-convert` share: a TFLite file that somebody else might have made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from plant_train.archs.layers import LocalResponseNormalization


@pytest.fixture(scope="session")
def foreign_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Float from outside, int8 inside with one float island, a branch, and no zip behind it."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 16, 3), batch_size=1)
    stem = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    branch = layers.DepthwiseConv2D(3, padding="same")(stem)
    branch = LocalResponseNormalization(3, 1e-4, 0.75, 1.0)(branch)
    pooled = layers.GlobalAveragePooling2D()(layers.Add()([stem, branch]))
    model = keras.Model(inputs, layers.Dense(5)(pooled))

    def batches() -> Iterator[list[np.ndarray]]:
        rng = np.random.default_rng(0)
        for _ in range(8):
            yield [rng.random((1, 16, 16, 3), np.float32)]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = batches
    path = tmp_path_factory.mktemp("foreign") / "foreign.tflite"
    path.write_bytes(converter.convert())
    return path
