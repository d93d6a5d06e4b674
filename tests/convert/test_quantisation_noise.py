from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_convert.backends.tensorflow import float32_flatbuffer, quantise
from plant_convert.quantisation_noise import TensorNoise, tensor_noise
from plant_device.contract.geometry import Picture


def _graph(stretch: float) -> keras.Model:
    """Two layers; the first one's last channel is so many times larger than the others."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    x = keras.layers.Flatten(name="flat")(x)
    graph = keras.Model(inputs, keras.layers.Dense(5, name="logits")(x))
    rng = np.random.default_rng(0)
    kernel, bias, dense, zero = (rng.normal(size=one.shape) for one in graph.get_weights())
    kernel[..., -1] = 0
    kernel[1, 1, 0, -1] = stretch
    # Nothing is made of that channel but the loss of all steps to it.
    dense[3::4] = 0
    graph.set_weights([kernel, bias * 0, dense, zero * 0])
    return graph


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    found = [*np.random.default_rng(1).integers(0, 256, (24, 8, 8, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _noise(graph: keras.Model, pictures: list[Picture]) -> list[TensorNoise]:
    return tensor_noise(float32_flatbuffer(graph), quantise(graph, pictures), pictures)


def test_every_tensor_of_a_good_graph_is_told_in_decibels_the_worst_first(
    pictures: list[Picture],
) -> None:
    found = _noise(_graph(1.0), pictures)
    assert {one.op for one in found} >= {"CONV_2D", "FULLY_CONNECTED"}
    assert [one.decibels for one in found] == sorted(one.decibels for one in found)
    # 256 steps for values of either sign, spread as these are.
    assert all(30 < one.decibels < 70 for one in found)


def test_a_layer_whose_steps_are_wasted_shows_in_what_comes_after_it(
    pictures: list[Picture],
) -> None:
    good, wasted = (
        {one.op: one.decibels for one in _noise(_graph(stretch), pictures)}
        for stretch in (1.0, 100.0)
    )
    assert wasted["FULLY_CONNECTED"] < good["FULLY_CONNECTED"] - 10


def test_a_graph_beside_itself_has_no_noise(pictures: list[Picture]) -> None:
    float32 = float32_flatbuffer(_graph(1.0))
    assert {one.decibels for one in tensor_noise(float32, float32, pictures[:2])} == {np.inf}
