from __future__ import annotations

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from plant_convert.backends import Backend, Dense, Method, Quantisation, quantise
from plant_convert.flatbuffer import packed_model, read_contents
from plant_convert.runtime_version import with_runtime_version
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture

SIDE = 8
BACKENDS = pytest.mark.parametrize("backend", list(Backend))


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    found = [*np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _flatbuffer(
    pictures: list[Picture], backend: Backend, dense: Dense = Dense.PER_CHANNEL, groups: int = 1
) -> bytes:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    x = keras.layers.Conv2D(4, 3, groups=groups, activation="relu", name="second")(x)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.Flatten(name="flat")(x * x)
    graph = keras.Model(inputs, keras.layers.Dense(3, name="logits")(x))
    return quantise(graph, pictures, Quantisation(backend, Method.MIN_MAX, dense))


@BACKENDS
@pytest.mark.parametrize(
    ("dense", "groups", "lowest"),
    [
        # tflite-runtime 2.8.0 and 2.9.1 compute the first wrongly, 2.10.0 rightly.
        (Dense.PER_CHANNEL, 1, "2.10.0"),
        (Dense.PER_CHANNEL, 2, "2.10.0"),
        # Grouped convolutions came with 2.9.
        (Dense.PER_TENSOR, 2, "2.9.0"),
        (Dense.PER_TENSOR, 1, "1.14.0"),
    ],
)
def test_the_lowest_version_follows_from_what_is_in_the_file(
    backend: Backend, dense: Dense, groups: int, lowest: str, pictures: list[Picture]
) -> None:
    flatbuffer = with_runtime_version(_flatbuffer(pictures, backend, dense, groups))
    contents = read_contents(flatbuffer)
    assert contents.runtime_min == lowest
    # Other readers take it from 16 bytes.
    assert bytes(contents.metadata["min_runtime_version"]) == lowest.encode().ljust(16, b"\0")


@BACKENDS
def test_int8_ops_have_the_versions_that_take_int8(
    backend: Backend, pictures: list[Picture]
) -> None:
    layers = read_contents(with_runtime_version(_flatbuffer(pictures, backend))).layers
    assert {layer.op: layer.version for layer in layers} == {
        "QUANTIZE": 1,
        "CONV_2D": 3,
        "MAX_POOL_2D": 2,
        "MUL": 2,
        "RESHAPE": 1,
        "FULLY_CONNECTED": 4,
    }


@BACKENDS
def test_the_network_is_the_same_and_a_second_time_changes_nothing(
    backend: Backend, pictures: list[Picture]
) -> None:
    before = _flatbuffer(pictures, backend)
    after = with_runtime_version(before)
    assert with_runtime_version(after) == after
    ours, theirs = (
        Runtime(flatbuffer, side=SIDE, classes=3, name="net") for flatbuffer in (after, before)
    )
    for picture in pictures:
        assert np.array_equal(ours.quantised_logits(picture), theirs.quantised_logits(picture))


def test_what_the_converter_says_stands_where_it_is_higher(pictures: list[Picture]) -> None:
    model = schema.ModelT.InitFromPackedBuf(_flatbuffer(pictures, Backend.TENSORFLOW))
    entry = next(each for each in model.metadata if each.name == b"min_runtime_version")
    model.buffers[entry.buffer].data = np.frombuffer(b"2.15.0".ljust(16, b"\0"), np.uint8)
    assert read_contents(with_runtime_version(packed_model(model))).runtime_min == "2.15.0"
