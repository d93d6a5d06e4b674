from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from plant_convert.graph import inference_graph
from plant_convert.space_to_depth import SpaceToDepthConv2D
from plant_train.archs import read_options
from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.layers import GroupedConv2D, LocalResponseNormalization
from plant_train.run import Run


def _pixels(side: int, seed: int = 0, count: int = 4) -> np.ndarray:
    pictures = np.random.default_rng(seed).integers(0, 256, (count, side, side, 3))
    return pictures.astype(np.float32)


def _with_border(padding: str, groups: int = 1) -> keras.Model:
    """A small network with all that a conversion changes."""
    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Rescaling(0.5, offset=[-60.0, -50.0, -40.0], name="mean")(inputs)
    x = keras.layers.Conv2D(4, 3, padding=padding, activation="relu", name="first")(x)
    x = LocalResponseNormalization(5, 2e-5, 0.75, 1.0, name="norm")(x)
    kind = GroupedConv2D if groups > 1 else keras.layers.Conv2D
    x = kind(6, 3, groups=groups, padding="same", name="second")(x)
    x = keras.layers.Dropout(0.5, name="drop")(keras.layers.Flatten(name="flat")(x))
    model = keras.Model(inputs, keras.layers.Dense(3, name="logits")(x))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weights.shape) * 0.1 for weights in model.get_weights()])
    return model


def test_the_graph_of_a_trained_run_has_its_logits(lenet_run: Path) -> None:
    model = Run(lenet_run).load_model()
    pixels = _pixels(32)
    expected = model(pixels, training=False).numpy()
    graph = inference_graph(model)
    np.testing.assert_allclose(graph(pixels, training=False).numpy(), expected, atol=1e-4)
    assert np.abs(expected).max() > 0.1
    # The normalisation is inside the first convolution, and the run's own model is untouched.
    assert not [layer for layer in graph.layers if isinstance(layer, keras.layers.Rescaling)]
    np.testing.assert_array_equal(model(pixels, training=False).numpy(), expected)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_graph_is_the_same_function_whether_or_not_the_normalisation_can_be_folded(
    padding: str, groups: int
) -> None:
    model = _with_border(padding, groups)
    graph = inference_graph(model)
    pixels = _pixels(12)
    expected = model(pixels, training=False).numpy()
    np.testing.assert_allclose(
        graph(pixels, training=False).numpy(), expected, rtol=1e-4, atol=1e-4
    )
    kept = any(isinstance(layer, keras.layers.Rescaling) for layer in graph.layers)
    # At a border of zeros the mean would be missing.
    assert kept == (padding == "same")


def test_a_grouped_convolution_becomes_keras_own() -> None:
    graph = inference_graph(_with_border("valid", groups=2))
    assert type(graph.get_layer("second")) is keras.layers.Conv2D
    assert graph.get_layer("second").groups == 2


@pytest.mark.slow
def test_alexnets_graph_has_its_logits() -> None:
    model = ALEXNET.build(8, read_options(ALEXNET, []))
    pixels = _pixels(227, count=2)
    expected = model(pixels, training=False).numpy()
    graph = inference_graph(model)
    np.testing.assert_allclose(graph(pixels, training=False).numpy(), expected, atol=1e-4)
    convolutions = [layer for layer in graph.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.groups for layer in convolutions] == [1, 2, 1, 2, 2]
    assert [type(layer) for layer in convolutions] == [
        SpaceToDepthConv2D,
        *4 * [keras.layers.Conv2D],
    ]


def test_of_two_normalisations_the_first_alone_disappears() -> None:
    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Rescaling(0.5, offset=[-60.0, -50.0, -40.0])(inputs)
    x = keras.layers.Rescaling(0.1)(keras.layers.Conv2D(4, 3)(x))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(x)))
    pixels = _pixels(12)
    graph = inference_graph(model)
    np.testing.assert_allclose(graph(pixels).numpy(), model(pixels).numpy(), rtol=1e-4, atol=1e-3)
    assert sum(isinstance(layer, keras.layers.Rescaling) for layer in graph.layers) == 1
