"""Logits that int8 puts off on average are put back."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from keras import layers

from plant_convert.backends import Backend, Quantisation, quantise
from plant_convert.backends.bias_correction import with_corrected_bias
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.flatbuffer import packed_model
from plant_convert.open_graph import OpenGraph

CLASSES = 6


@pytest.fixture(scope="module")
def graph() -> keras.Model:
    keras.utils.set_random_seed(3)
    biased = {"bias_initializer": "random_normal"}
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(inputs)
    x = layers.Dense(CLASSES, activation="relu", **biased)(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(CLASSES, **biased)(x))


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    random = np.random.default_rng(5)
    found = [random.integers(0, 256, (12, 12, 3), np.uint8) for _ in range(64)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _logits(flatbuffer: bytes, pictures: list[np.ndarray]) -> np.ndarray:
    network, given = OpenGraph(flatbuffer), []
    for picture in pictures:
        network.run(picture)
        given.append(network.value(network.outputs[-1]).ravel())
    return np.array(given)


def _moved(flatbuffer: bytes, by: np.ndarray) -> bytes:
    """The last layer's bias moved, in natural units."""
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    main = model.subgraphs[0]
    bias = main.tensors[main.operators[-1].inputs[2]]
    buffer = model.buffers[bias.buffer]
    stored = buffer.data.view(np.int32) + np.rint(by / bias.quantization.scale)
    buffer.data = stored.astype(np.int32).view(np.uint8)
    return packed_model(model)


@pytest.mark.parametrize("backend", Backend)
def test_logits_that_are_off_get_the_float_graphs_mean(
    graph: keras.Model, pictures: list[np.ndarray], backend: Backend
) -> None:
    made = quantise(graph, pictures, Quantisation(backend))
    float32 = np.asarray(graph(np.stack(pictures).astype(np.float32)))
    step = np.ptp(float32) / 255
    # 0.66 steps without the correction.
    assert np.abs((_logits(made, pictures) - float32).mean(axis=0)).max() < 0.3 * step
    by = np.array([2, -1, 0, 3, 1, -2]) * step
    off = _moved(made, by)
    assert np.abs((_logits(off, pictures) - float32).mean(axis=0) - by).max() < step
    back = with_corrected_bias(off, graph, pictures)
    assert np.abs((_logits(back, pictures) - float32).mean(axis=0)).max() < 0.3 * step
    # What was right stays as it was.
    again = with_corrected_bias(made, graph, pictures)
    assert np.abs(_logits(again, pictures) - _logits(made, pictures)).max() < 1.5 * step


def test_a_bias_that_layers_share_is_changed_for_the_last_alone(
    graph: keras.Model, pictures: list[np.ndarray]
) -> None:
    model = schema.ModelT.InitFromPackedBuf(quantise(graph, pictures, Quantisation()))
    main = model.subgraphs[0]
    before, last = (main.tensors[main.operators[at].inputs[2]] for at in (-2, -1))
    before.buffer = last.buffer
    shared = model.buffers[before.buffer].data.copy()
    corrected = with_corrected_bias(packed_model(model), graph, pictures)
    moved = schema.ModelT.InitFromPackedBuf(corrected)
    main = moved.subgraphs[0]
    before, last = (main.tensors[main.operators[at].inputs[2]] for at in (-2, -1))
    assert np.array_equal(moved.buffers[before.buffer].data, shared)
    assert not np.array_equal(moved.buffers[last.buffer].data, shared)


def test_a_last_op_without_an_integer_bias_is_left_as_it_is(
    graph: keras.Model, pictures: list[np.ndarray]
) -> None:
    float32 = float32_flatbuffer(graph)
    assert with_corrected_bias(float32, graph, pictures) == float32
    inputs = keras.Input((12, 12, 3))
    last = layers.GlobalAveragePooling2D()(layers.Conv2D(CLASSES, 3)(inputs))
    pooled = keras.Model(inputs, last)
    made = quantise(pooled, pictures, Quantisation())
    assert with_corrected_bias(made, pooled, pictures) == made
