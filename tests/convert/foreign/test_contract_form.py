"""Foreign Keras networks become the same function of raw pixels, up to the softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from plant_convert.backends.tensorflow import quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.foreign.description import Description, read_normalisation
from plant_convert.foreign.network import read_network
from plant_convert.graph import inference_graph
from plant_device.contract.errors import UserError

SIDE, CLASSES = 12, ("a", "b", "c", "d")
PIXELS = np.random.default_rng(0).integers(0, 256, (6, SIDE, SIDE, 3)).astype(np.float32)
DESCRIPTION = Description(CLASSES)


def _body() -> list[layers.Layer]:
    return [
        layers.Rescaling(1 / 127.5, offset=-1.0),
        layers.Conv2D(5, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.GlobalAveragePooling2D(),
    ]


def _chain(*ends: layers.Layer, batch: int | None = None) -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3), batch_size=batch)
    return keras.Sequential([inputs, *_body(), *ends])


def _softmax_of_ops() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = inputs / 127.5 - 1.0
    for layer in _body()[1:]:
        x = layer(x)
    return keras.Model(inputs, keras.ops.softmax(layers.Dense(4)(x)))


def _within_a_model() -> keras.Model:
    augmentation = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.2)])
    inputs = keras.Input((SIDE, SIDE, 3))
    network = _chain(layers.Dropout(0.5), layers.Dense(4, activation="softmax"))
    return keras.Model(inputs, network(augmentation(inputs)))


NETWORKS: dict[str, Callable[[], keras.Model]] = {
    "in the last layer": lambda: _chain(layers.Dense(4, activation="softmax")),
    "as a layer": lambda: _chain(layers.Dense(4), layers.Softmax()),
    "as an activation": lambda: _chain(layers.Dense(4), layers.Activation("softmax")),
    "before a cast": lambda: _chain(
        layers.Dense(4, activation="softmax"), layers.Activation("linear")
    ),
    "of a logarithm": lambda: _chain(layers.Dense(4, activation="log_softmax")),
    "for one picture": lambda: _chain(layers.Dense(4, activation="softmax"), batch=1),
    "by keras.ops": _softmax_of_ops,
    "in a model within": _within_a_model,
}


def _saved(model: keras.Model, file: Path) -> Path:
    rng = np.random.default_rng(1)
    # Far from their beginnings, where a lost one would not be seen.
    model.set_weights(
        [weights + abs(rng.normal(0, 0.3, weights.shape)) for weights in model.get_weights()]
    )
    model.save(file)
    return file


def _probabilities(model: keras.Model, pixels: np.ndarray = PIXELS) -> np.ndarray:
    given = [model(pixels[at : at + 1], training=False) for at in range(len(pixels))]
    return np.concatenate([np.asarray(row, np.float64) for row in given])


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("softmax", NETWORKS)
def test_a_softmax_is_left_out_and_nothing_else(softmax: str, tmp_path: Path) -> None:
    model = NETWORKS[softmax]()
    form = read_network(_saved(model, tmp_path / "net.keras"), DESCRIPTION)
    expected = _probabilities(model)
    if softmax == "of a logarithm":
        expected = np.exp(expected)
    logits = form(PIXELS).numpy()
    np.testing.assert_allclose(_softmax(logits), expected, atol=1e-5)
    assert np.abs(_softmax(logits) - logits).max() > 0.1
    np.testing.assert_allclose(inference_graph(form)(PIXELS).numpy(), logits, atol=1e-4)


def test_logits_stay_and_h5_is_read_too(tmp_path: Path) -> None:
    model = _chain(layers.Dense(4))
    form = read_network(_saved(model, tmp_path / "net.h5"), DESCRIPTION)
    np.testing.assert_allclose(form(PIXELS).numpy(), _probabilities(model), atol=1e-4)


def test_a_network_in_half_precision_becomes_float32(tmp_path: Path) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = _chain(layers.Dense(4), layers.Activation("softmax", dtype="float32"))
    finally:
        keras.config.set_dtype_policy("float32")
    form = read_network(_saved(model, tmp_path / "net.keras"), DESCRIPTION)
    assert {layer.compute_dtype for layer in form.layers} == {"float32"}
    np.testing.assert_allclose(_softmax(form(PIXELS).numpy()), _probabilities(model), atol=0.02)


def test_a_normalisation_that_was_told_comes_first(tmp_path: Path) -> None:
    model = _chain(layers.Dense(4))
    description = Description(CLASSES, read_normalisation("100,50,0", "2"))
    form = read_network(_saved(model, tmp_path / "net.keras"), description)
    normalised = ((PIXELS - [100, 50, 0]) / 2).astype(np.float32)
    expected = _probabilities(model, normalised)
    np.testing.assert_allclose(form(PIXELS).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_it_disappears_into_a_convolution_that_alone_takes_it(tmp_path: Path) -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    one, other = (layers.Conv2D(4, 3)(inputs) for _ in range(2))
    both = layers.Dense(4)(layers.Flatten()(layers.Add()([one, other])))
    chain = layers.Dense(4)(layers.Flatten()(one))
    description = Description(CLASSES, read_normalisation("100,50,0", "50"))
    for outputs, folded in ((chain, True), (both, False)):
        model = keras.Model(inputs, outputs)
        form = read_network(_saved(model, tmp_path / "net.keras"), description)
        graph = inference_graph(form)
        np.testing.assert_allclose(graph(PIXELS).numpy(), form(PIXELS).numpy(), atol=1e-3)
        kept = [layer for layer in graph.layers if isinstance(layer, layers.Rescaling)]
        assert bool(kept) != folded


def test_a_normalization_that_was_adapted_keeps_what_it_learned(tmp_path: Path) -> None:
    adapted = layers.Normalization()
    adapted.adapt(PIXELS)
    model = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), adapted, layers.Conv2D(4, 3), layers.Flatten()]
    )
    model.add(layers.Dense(4))
    model.save(tmp_path / "net.keras")
    form = read_network(tmp_path / "net.keras", DESCRIPTION)
    expected = _probabilities(model)
    np.testing.assert_allclose(form(PIXELS).numpy(), expected, atol=1e-4)
    np.testing.assert_allclose(inference_graph(form)(PIXELS).numpy(), expected, atol=1e-4)


def test_layers_of_the_training_are_not_in_the_flatbuffer(tmp_path: Path) -> None:
    form = read_network(_saved(_within_a_model(), tmp_path / "net.keras"), DESCRIPTION)
    contents = read_contents(quantise(inference_graph(form), [*PIXELS.astype(np.uint8)]))
    assert contents.float_ops == ()
    assert {"CONV_2D", "MEAN", "FULLY_CONNECTED"} <= set(contents.ops)
    assert not {"SOFTMAX", "CUSTOM"} & set(contents.ops)


@pytest.mark.parametrize(
    ("shape", "ends", "sentence"),
    [
        ((SIDE, SIDE, 3), [layers.Dense(4, activation="sigmoid")], "received a sigmoid"),
        ((SIDE, SIDE, 3), [layers.Dense(5)], r"\[B, 4\], .* gives \[\?, 5\]"),
        ((SIDE, SIDE, 3), [layers.Dense(4), layers.Reshape((1, 4))], r"gives \[\?, 1, 4\]"),
        ((SIDE, 8, 3), [layers.Dense(4)], r"fixed square, .* takes \[\?, 12, 8, 3\]"),
        ((SIDE, SIDE, 1), [layers.Dense(4)], r"takes \[\?, 12, 12, 1\]"),
        ((None, None, 3), [layers.Dense(4)], r"takes \[\?, \?, \?, 3\]"),
        ((SIDE,), [layers.Dense(4)], r"takes \[\?, 12\]"),
    ],
)
def test_what_is_no_picture_classifier_is_refused(
    shape: Sequence[int], ends: list[layers.Layer], sentence: str, tmp_path: Path
) -> None:
    pooling = [layers.GlobalAveragePooling2D()] if len(shape) == 3 else []
    keras.Sequential([keras.Input(shape), *pooling, *ends]).save(tmp_path / "net.keras")
    with pytest.raises(UserError, match=sentence):
        read_network(tmp_path / "net.keras", DESCRIPTION)


def test_a_network_that_is_quantised_already_is_refused(tmp_path: Path) -> None:
    model = _chain(layers.Dense(4))
    model.quantize("int8")
    model.save(tmp_path / "net.keras")
    with pytest.raises(UserError, match="expected a network that can be built again in float32: "):
        read_network(tmp_path / "net.keras", DESCRIPTION)
