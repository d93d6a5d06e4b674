"""What LiteRT's quantiser is given, and what is made of what it gives."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from plant_convert.backends import Dense, Method
from plant_convert.backends.litert import quantise
from plant_convert.flatbuffer import read_contents
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture

SIDE = 12


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    found = [*np.random.default_rng(0).integers(0, 256, (16, SIDE, SIDE, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _graph(hidden: int) -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(6, 3, activation="relu", name="first")(inputs)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dense(hidden, activation="relu", name="hidden")(x)
    graph = keras.Model(inputs, keras.layers.Dense(4, name="logits")(x))
    rng = np.random.default_rng(1)
    graph.set_weights(
        [
            rng.normal(size=one.shape) / np.sqrt(one.size / one.shape[-1])
            for one in graph.get_weights()
        ]
    )
    return graph


def _int8(graph: keras.Model, pictures: list[Picture], method: Method) -> np.ndarray:
    flatbuffer = quantise(graph, pictures, method, Dense.PER_CHANNEL)
    runtime = Runtime(flatbuffer, side=SIDE, classes=4, name="graph")
    return np.stack([runtime.logits(picture) for picture in pictures])


@pytest.mark.parametrize("weight", [0.0, 1e-12])
def test_a_filter_without_weights_keeps_its_bias(weight: float, pictures: list[Picture]) -> None:
    graph = _graph(16)
    kernel, bias, *others = graph.get_weights()
    kernel[..., 2], bias[2] = weight, 300.0
    graph.set_weights([kernel, bias, *others])
    exact = graph.predict(np.stack(pictures).astype(np.float32), verbose=0)
    noise = np.mean((_int8(graph, pictures, Method.MIN_MAX) - exact) ** 2)
    assert noise < 1e-3 * np.mean(exact**2)


def test_large_constants_are_in_the_flatbuffer_itself(pictures: list[Picture]) -> None:
    flatbuffer = quantise(_graph(1024), pictures, Method.MIN_MAX, Dense.PER_CHANNEL)
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    assert {buffer.offset for buffer in model.buffers} == {0}
    assert sum(layer.bytes for layer in read_contents(flatbuffer).layers) > 600_000


@pytest.mark.parametrize("method", list(Method))
def test_logits_are_never_cut_off(method: Method, pictures: list[Picture]) -> None:
    graph = _graph(16)
    *others, bias = graph.get_weights()
    # One class by far before the others, on few pictures' account.
    graph.set_weights([*others, bias * 0])
    exact = graph.predict(np.stack(pictures).astype(np.float32), verbose=0)
    step = np.ptp(exact) / 255
    (logits,) = read_contents(quantise(graph, pictures, method, Dense.PER_CHANNEL)).outputs
    assert logits.scale == pytest.approx(step, rel=0.02)


def test_the_same_graph_gives_the_same_bytes(pictures: list[Picture]) -> None:
    graph = _graph(16)
    first, again = (quantise(graph, pictures, Method.MSE, Dense.PER_TENSOR) for _ in range(2))
    assert first == again
