"""The block that other readers take, and that it changes nothing for those who do not."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from plant_convert.flatbuffer import read_contents
from plant_convert.metadata import (
    ENTRY,
    LOGITS,
    classifier_metadata,
    is_ours,
    read_metadata,
    with_metadata,
)
from plant_convert.schema.metadata import ModelMetadata
from plant_convert.schema.tables import as_json
from plant_device.contract.errors import UserError
from plant_device.contract.model_file import read_model_file

SAID = classifier_metadata(
    name="leaves", version="2", architecture="lenet5", classes=5, licence="CC0", scores=LOGITS
)


def _logits(flatbuffer: bytes, inputs: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    found = []
    for each in inputs:
        interpreter.set_tensor(source["index"], each[np.newaxis])
        interpreter.invoke()
        found.append(interpreter.get_tensor(result["index"])[0])
    return np.stack(found)


def _buffers(flatbuffer: bytes) -> list[Any]:
    return [each.data for each in schema.ModelT.InitFromPackedBuf(flatbuffer).buffers]


def _places(flatbuffer: bytes) -> list[int]:
    """Where the constants begin in a flatbuffer."""
    start = np.frombuffer(flatbuffer, np.uint8).ctypes.data
    return [data.ctypes.data - start for data in _buffers(flatbuffer) if data is not None]


def test_the_model_file_says_what_it_takes_and_what_it_gives(lenet_model_file: Path) -> None:
    contents = read_contents(lenet_model_file.read_bytes())
    said = read_metadata(contents, "lenet")
    assert said is not None
    assert is_ours(said)
    version = importlib.metadata.version("plant-edge")
    assert as_json(said) == {
        "name": "lenet_run",
        "description": "leaf diseases, 8 classes; lenet5, int8",
        "version": "1",
        "author": f"plant-convert {version}",
        "min_parser_version": "1.0.0",
        "subgraph_metadata": [
            {
                "input_tensor_metadata": [
                    {
                        "name": "image",
                        "description": "a leaf, RGB, raw pixels from 0 to 255",
                        "content": {
                            "content_properties_type": "ImageProperties",
                            "content_properties": {"color_space": "RGB"},
                        },
                        "process_units": [
                            {
                                "options_type": "NormalizationOptions",
                                "options": {"mean": (0.0,), "std": (1.0,)},
                            }
                        ],
                        "stats": {"max": (255.0,), "min": (0.0,)},
                    }
                ],
                "output_tensor_metadata": [
                    {
                        "name": "logits",
                        "description": "one score a class, in natural units; their softmax "
                        "gives probabilities",
                        "content": {
                            "content_properties_type": "FeatureProperties",
                            "content_properties": {},
                        },
                        "associated_files": [
                            {
                                "name": "labels.txt",
                                "description": "the class of each score, one a line",
                                "type": "TENSOR_AXIS_LABELS",
                            }
                        ],
                    }
                ],
            }
        ],
    }
    # With what the block says of the float model, raw pixels are the quantised values.
    assert [(each.scale, each.zero_point) for each in contents.inputs] == [(1.0, 0)]


def test_the_network_computes_the_same_with_it_and_without(foreign_file: Path) -> None:
    before = foreign_file.read_bytes()
    after = with_metadata(before, SAID)
    inputs = np.random.default_rng(0).random((8, 16, 16, 3), np.float32)
    assert np.array_equal(_logits(after, inputs), _logits(before, inputs))
    assert len(np.unique(_logits(after, inputs))) > 10


def test_graph_and_constants_are_those_of_before(foreign_file: Path) -> None:
    before = foreign_file.read_bytes()
    after = with_metadata(before, SAID)
    was, now = read_contents(before), read_contents(after)
    assert now.metadata.keys() - was.metadata.keys() == {ENTRY}
    assert replace(now, metadata={}) == replace(was, metadata={})
    *kept, block = _buffers(after)
    assert block.tobytes() == now.metadata[ENTRY]
    for old, new in zip(_buffers(before), kept, strict=True):
        assert (old is None and new is None) or np.array_equal(old, new)


def test_every_constant_lies_where_the_schema_wants_it(
    foreign_file: Path, lenet_model_file: Path
) -> None:
    """At a multiple of 16 bytes; the converter's own file does not keep to that."""
    files = with_metadata(foreign_file.read_bytes(), SAID), lenet_model_file.read_bytes()
    for flatbuffer in files:
        places = _places(flatbuffer)
        assert len(places) > 6
        assert [place % 16 for place in places] == [0] * len(places)


def test_the_same_words_give_the_same_bytes(foreign_file: Path) -> None:
    before = foreign_file.read_bytes()
    assert with_metadata(before, SAID) == with_metadata(before, SAID)


def test_a_block_takes_the_place_of_the_former_one(foreign_file: Path) -> None:
    once = with_metadata(foreign_file.read_bytes(), replace(SAID, name="former"))
    contents = read_contents(with_metadata(once, SAID))
    assert read_metadata(contents, "x") == SAID
    names = [each.name for each in schema.ModelT.InitFromPackedBuf(once).metadata]
    assert names.count(ENTRY.encode()) == 1


def test_the_manifest_holds_the_sum_of_what_was_written_and_judged(lenet_model_file: Path) -> None:
    model = read_model_file(lenet_model_file)
    assert ENTRY.encode() in model.flatbuffer
    assert len(model.flatbuffer) == model.manifest.flatbuffer.bytes


def test_a_file_without_a_block_has_none(foreign_file: Path) -> None:
    assert read_metadata(read_contents(foreign_file.read_bytes()), "x") is None


def test_a_damaged_block_is_refused(foreign_file: Path) -> None:
    flatbuffer = with_metadata(foreign_file.read_bytes(), SAID).replace(b"M001", b"M002")
    with pytest.raises(UserError, match=r"^expected metadata in x, received a block "):
        read_metadata(read_contents(flatbuffer), "x")


@pytest.mark.parametrize(
    ("author", "expected"), [("plant-convert 0.1.0", True), ("A. Maker", False)]
)
def test_ours_are_known_by_their_author(author: str, expected: bool) -> None:
    assert is_ours(ModelMetadata(author=author)) is expected
