"""A SavedModel is a program: what may do anything but compute is refused before it runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from plant_convert.backends.tensorflow import quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.foreign.description import Description, read_normalisation
from plant_convert.foreign.network import read_network
from plant_convert.graph import inference_graph
from plant_device.contract.errors import UserError

DESCRIPTION = Description(("a", "b", "c", "d"))
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3)).astype(np.float32)

Function = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class _Module(tf.Module):  # type: ignore[misc]
    """A network of one variable whose function is given."""

    def __init__(self, function: Function, batch: int | None = None) -> None:
        super().__init__()
        self.kernel = tf.Variable(np.random.default_rng(1).normal(size=(3, 4)), dtype=tf.float32)
        signature = [tf.TensorSpec((batch, 8, 8, 3), tf.float32)]
        self.serve = tf.function(
            lambda pixels: function(pixels, self.kernel), input_signature=signature
        )


def _mean(pixels: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(pixels / 255, (1, 2)) @ kernel


def _saved(folder: Path, function: Function, batch: int | None = None) -> _Module:
    module = _Module(function, batch)
    tf.saved_model.save(module, str(folder), signatures=module.serve)
    return module


def test_a_softmax_is_left_out(tmp_path: Path) -> None:
    module = _saved(tmp_path / "net", lambda pixels, kernel: tf.nn.softmax(_mean(pixels, kernel)))
    form = read_network(tmp_path / "net", DESCRIPTION)
    np.testing.assert_allclose(form(PIXELS).numpy(), _mean(PIXELS, module.kernel), atol=1e-5)


def test_a_normalisation_comes_first(tmp_path: Path) -> None:
    module = _saved(tmp_path / "net", _mean)
    described = Description(DESCRIPTION.labels, read_normalisation("100,50,0", "2"))
    form = read_network(tmp_path / "net", described)
    normalised = ((PIXELS - [100, 50, 0]) / 2).astype(np.float32)
    np.testing.assert_allclose(form(PIXELS).numpy(), _mean(normalised, module.kernel), atol=1e-4)


def test_what_keras_exports_is_the_same_function_in_integers(tmp_path: Path) -> None:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.export(tmp_path / "net", verbose=False)
    form = read_network(tmp_path / "net", DESCRIPTION)
    expected = model(PIXELS, training=False).numpy()
    np.testing.assert_allclose(tf.nn.softmax(form(PIXELS)).numpy(), expected, atol=1e-5)
    contents = read_contents(quantise(inference_graph(form), [*PIXELS.astype(np.uint8)]))
    assert contents.float_ops == ()


def test_one_that_takes_a_single_picture_is_asked_one_by_one(tmp_path: Path) -> None:
    module = _saved(tmp_path / "net", _mean, batch=1)
    form = read_network(tmp_path / "net", DESCRIPTION)
    np.testing.assert_allclose(form(PIXELS).numpy(), _mean(PIXELS, module.kernel), atol=1e-5)
    ops = read_contents(quantise(inference_graph(form), [*PIXELS.astype(np.uint8)])).ops
    assert "WHILE" not in ops


def test_ops_that_reach_outside_are_refused_by_name_wherever_they_hide(tmp_path: Path) -> None:
    mark = tmp_path / "it ran"

    def writes(pixels: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        tf.io.write_file(str(mark), "x")
        return _mean(pixels, kernel)

    def reads_in_a_branch(pixels: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        def length() -> tf.Tensor:
            return tf.strings.length(tf.io.read_file(str(mark)))

        more = tf.cond(tf.reduce_sum(pixels) > 0, length, lambda: 0)
        return _mean(pixels, kernel) + tf.cast(more, tf.float32)

    def calls_python(pixels: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        logits = _mean(pixels, kernel)
        return tf.ensure_shape(tf.numpy_function(lambda x: x, [logits], tf.float32), (None, 4))

    def writes_in_a_function(pixels: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.function(tf.function(writes))(pixels, kernel)

    for number, (function, op) in enumerate(
        [
            (writes, "WriteFile"),
            (reads_in_a_branch, "ReadFile"),
            (calls_python, "PyFunc"),
            (writes_in_a_function, "WriteFile"),
        ]
    ):
        folder = tmp_path / str(number)
        _saved(folder, function)
        with pytest.raises(UserError, match=rf"also has .*{op}.*, and is not run"):
            read_network(folder, DESCRIPTION)
        assert not mark.exists()


def test_objects_that_run_code_at_loading_are_refused(tmp_path: Path) -> None:
    module = _Module(_mean)
    values = tf.lookup.KeyValueTensorInitializer(tf.constant([1]), tf.constant([2.0]))
    module.table = tf.lookup.StaticHashTable(values, 0.0)
    tf.saved_model.save(module, str(tmp_path / "table"), signatures=module.serve)
    with pytest.raises(
        UserError, match=r"also has .*resource.*, which run code or read files when it"
    ):
        read_network(tmp_path / "table", DESCRIPTION)
    module = _Module(_mean)
    (tmp_path / "words").write_text("a")
    module.words = tf.saved_model.Asset(str(tmp_path / "words"))
    tf.saved_model.save(module, str(tmp_path / "asset"), signatures=module.serve)
    with pytest.raises(UserError, match="also has asset, words, which"):
        read_network(tmp_path / "asset", DESCRIPTION)


def test_one_of_tensorflow_1_is_refused(tmp_path: Path) -> None:
    compat = tf.compat.v1
    with tf.Graph().as_default(), compat.Session() as session:
        pixels = compat.placeholder(tf.float32, (None, 8, 8, 3))
        builder = compat.saved_model.Builder(str(tmp_path / "net"))
        signature = compat.saved_model.predict_signature_def({"x": pixels}, {"y": pixels})
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map={"serving_default": signature}
        )
        builder.save()
    with pytest.raises(UserError, match="expected a SavedModel of TensorFlow 2"):
        read_network(tmp_path / "net", DESCRIPTION)


def test_damaged_ones_and_other_signatures_are_refused(tmp_path: Path) -> None:
    _saved(tmp_path / "net", _mean)
    shutil.copytree(tmp_path / "net", tmp_path / "cut")
    shutil.rmtree(tmp_path / "cut" / "variables")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "saved_model.pb").write_bytes(b"something else")
    shutil.copytree(tmp_path / "net", tmp_path / "short")
    proto = (tmp_path / "net" / "saved_model.pb").read_bytes()
    (tmp_path / "short" / "saved_model.pb").write_bytes(proto[: len(proto) // 2])
    shutil.copytree(tmp_path / "net", tmp_path / "half")
    (values,) = (tmp_path / "half" / "variables").glob("*.data-*")
    values.write_bytes(values.read_bytes()[:-20])
    for name in ("cut", "other", "short", "half"):
        with pytest.raises(UserError, match=r"^expected a SavedModel, cannot read .*: ."):
            read_network(tmp_path / name, DESCRIPTION)
    _saved(tmp_path / "two", _mean, batch=2)
    with pytest.raises(UserError, match=r"takes one picture, or any number, .* takes 2 at once"):
        read_network(tmp_path / "two", DESCRIPTION)
    module = _Module(_mean)
    tf.saved_model.save(module, str(tmp_path / "none"), signatures={})
    with pytest.raises(UserError, match=r"with a signature serving_default, .* has none"):
        read_network(tmp_path / "none", DESCRIPTION)
