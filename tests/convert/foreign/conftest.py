"""Foreign classifiers: the run's network as others would save it, and tiny known ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_device.contract.geometry import Geometry, Picture, network_input
from plant_device.contract.picture_file import read_picture
from plant_train.run import Run

ToTFLite = Callable[..., bytes]

GEOMETRY = Geometry(32, 36)


@pytest.fixture(scope="session")
def to_tflite() -> ToTFLite:
    """Convert a function of a picture [1, S, S, 3], as others do."""

    def convert(
        function: Callable[[tf.Tensor], tf.Tensor],
        shape: tuple[int | None, ...] = (1, 16, 16, 3),
        dtype: tf.DType = tf.float32,
        representative: list[np.ndarray] | None = None,
        ends: tuple[tf.DType, tf.DType] = (tf.float32, tf.float32),
        ops: tuple[tf.lite.OpsSet, ...] = (tf.lite.OpsSet.TFLITE_BUILTINS,),
    ) -> bytes:
        """`representative` inputs quantise it, to the dtypes of `ends`."""
        traced = tf.function(function).get_concrete_function(tf.TensorSpec(shape, dtype))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], traced)
        converter.target_spec.supported_ops = list(ops)
        if representative:

            def batches() -> Iterator[list[np.ndarray]]:
                for picture in representative:
                    yield [picture[np.newaxis].astype(np.float32)]

            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = batches
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type, converter.inference_output_type = ends
        return bytes(converter.convert())

    return convert


@pytest.fixture(scope="session")
def foreign_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the fixtures below lie, with the labels in `labels.txt`."""
    return tmp_path_factory.mktemp("foreign")


@pytest.fixture(scope="session")
def foreign_labels(lenet_run: Path, foreign_folder: Path) -> Path:
    """The run's classes in another order."""
    record, _ = Run(lenet_run).finished()
    labels = foreign_folder / "labels.txt"
    labels.write_text("".join(f"{label}\n" for label in reversed(record.classes)))
    return labels


@pytest.fixture(scope="session")
def foreign_lenet(lenet_run: Path) -> keras.Model:
    """The run's network with its classes in that order, and a softmax at its end."""
    model = Run(lenet_run).load_model()
    kernel, bias = model.get_layer("output").get_weights()
    model.get_layer("output").set_weights([kernel[:, ::-1], bias[::-1]])
    return keras.Sequential([*model.layers, keras.layers.Softmax(name="probabilities")])


@pytest.fixture(scope="session")
def foreign_keras(foreign_lenet: keras.Model, foreign_folder: Path) -> Path:
    """`foreign_lenet` as `.keras`."""
    foreign_lenet.save(foreign_folder / "lenet.keras")
    return foreign_folder / "lenet.keras"


@pytest.fixture(scope="session")
def foreign_float(foreign_lenet: keras.Model, foreign_folder: Path) -> Path:
    """`foreign_lenet` as a float32 TFLite file, its batch axis free."""
    file = foreign_folder / "float.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(foreign_lenet).convert())
    return file


@pytest.fixture(scope="session")
def foreign_int8(
    foreign_lenet: keras.Model, foreign_folder: Path, sample_data: Path, to_tflite: ToTFLite
) -> Path:
    """`foreign_lenet` quantised: int8 pixels, uint8 probabilities."""
    pictures: list[Picture] = [
        network_input(read_picture(path), GEOMETRY)
        for path in sorted((sample_data / "train").rglob("*.jpg"))[::4]
    ]
    pictures[0][0, 0], pictures[0][-1, -1] = 0, 255
    file = foreign_folder / "int8.tflite"
    file.write_bytes(
        to_tflite(
            lambda pixels: foreign_lenet(pixels, training=False),
            (1, 32, 32, 3),
            representative=pictures,
            ends=(tf.int8, tf.uint8),
        )
    )
    return file
