from __future__ import annotations

import hashlib
import io
import json
import struct
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plant_convert.flatbuffer import packed_model
from plant_convert.inspect import Inspected, inspect
from plant_convert.inspect.graph_page import write_graph_page
from plant_convert.inspect.words import amount, in_words
from plant_convert.metadata import LOGITS, classifier_metadata, with_metadata
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import read_model_file

Command = Callable[..., "subprocess.CompletedProcess[str]"]

SAID = classifier_metadata(
    name="leaves", version="2", architecture="x", classes=5, licence="CC0", scores=LOGITS
)
# Each example writes the same file anew.
damages = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _told(inspected: Inspected) -> dict[str, str]:
    """The text's lines by their first word."""
    lines = in_words(inspected).splitlines()
    return {line.split(maxsplit=1)[0]: line for line in lines[1 : lines.index("")]}


def _inspect_in_all_ways(file: Path) -> None:
    """What there is to be seen of a file from anywhere is shown, or it is refused."""
    with suppress(UserError):
        inspected = inspect(file)
        assert in_words(inspected).replace("\n", "").isprintable()
        json.loads(inspected.model_dump_json())
        write_graph_page(inspected, file.with_suffix(".html"))


def test_it_holds_the_manifest_and_the_graph_as_json(lenet_model_file: Path) -> None:
    told = json.loads(inspect(lenet_model_file).model_dump_json())
    content = lenet_model_file.read_bytes()
    assert told["name"] == "lenet_run"
    assert told["bytes"] == len(content)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    manifest = Manifest.model_validate(told["manifest"])
    assert manifest == read_model_file(lenet_model_file).manifest
    assert told["runtime_min"] == manifest.runtime_min
    assert told["ops"].count("CONV_2D") == 2
    assert sum(told["tensor_types"].values()) > 10
    assert told["parts"][:2] == ["labels.txt", "plant.json"]
    assert told["metadata"]["name"] == "lenet_run"
    assert told["entries"].keys() == {
        "min_runtime_version", "CONVERSION_METADATA", "TFLITE_METADATA"
    }  # fmt: skip
    assert told["inputs"][0]["shape"] == [1, 32, 32, 3]
    assert (told["inputs"][0]["scale"], told["inputs"][0]["zero_point"]) == (1.0, 0)


def test_json_tells_every_layer(lenet_model_file: Path) -> None:
    told = json.loads(inspect(lenet_model_file).model_dump_json())
    layers = told["layers"]
    assert [layer["op"] for layer in layers] == told["ops"]
    assert [layer["number"] for layer in layers] == list(range(9))
    assert sum(layer["bytes"] for layer in layers) == told["constant_bytes"] < told["bytes"]
    assert sum(layer["multiply_adds"] for layer in layers) == told["multiply_adds"] == 651_552
    convolution = layers[1]
    assert [each["shape"] for each in convolution["inputs"]] == [[1, 32, 32, 3], [6, 5, 5, 3], [6]]
    assert [each["type"] for each in convolution["inputs"]] == ["INT8", "INT8", "INT32"]
    assert [each["bytes"] for each in convolution["inputs"]] == [0, 450, 24]
    assert convolution["outputs"][0]["shape"] == [1, 28, 28, 6]
    # What one layer gives the next one takes.
    assert convolution["outputs"][0]["number"] == layers[2]["inputs"][0]["number"]
    assert not any(layer["is_float"] for layer in layers)


def test_it_tells_a_person_what_is_in_the_file(lenet_model_file: Path) -> None:
    manifest = read_model_file(lenet_model_file).manifest
    inspected = inspect(lenet_model_file)
    assert in_words(inspected).startswith("lenet_run 1: lenet5, 8 classes, ")
    told = _told(inspected)
    assert told["input"].endswith("uint8 [1, 32, 32, 3] RGB, centre of 36 x 36")
    assert "CONV_2D 2" in told["ops"]
    assert told["float"].split() == ["float", "ops", "none"]
    assert "INT8" in told["tensors"]
    assert told["constants"].split(maxsplit=1)[1] == "62.5 kB"
    assert told["work"].split(maxsplit=1)[1] == "651.6 k multiply-adds"
    assert f"top-1 {manifest.held_out.int8.top1:.2%}" in told["held"]
    assert manifest.gate is not None
    assert f"agreement {manifest.gate.agreement:.2%} (at least 0.00%); " in told["gate"]
    assert told["quantised"].split(maxsplit=1)[1].startswith("tensorflow, min-max of 128 pictures;")
    assert f"temperature {manifest.temperature:.3f}" in told["decides"]
    assert told["self-test"].endswith("4 pictures")
    assert told["converter"].endswith("TensorFlow 2.21.0")
    assert told["licence"].endswith("not said")
    assert "ImageProperties color_space RGB; NormalizationOptions mean 0, std 1" in told["takes"]
    assert "labels.txt (TENSOR_AXIS_LABELS)" in told["gives"]
    assert hashlib.sha256(lenet_model_file.read_bytes()).hexdigest() in told["sha256"]


def test_the_text_ends_with_a_line_a_layer(lenet_model_file: Path) -> None:
    lines = in_words(inspect(lenet_model_file)).splitlines()
    header, *layers = lines[lines.index("") + 1 :]
    assert header.split() == ["op", "takes", "→", "gives", "constants", "multiply-adds"]
    assert layers[1].split(maxsplit=2) == [
        "1", "CONV_2D", "INT8 1x32x32x3 → INT8 1x28x28x6   474 B, 0.8%     352.8 k"
    ]  # fmt: skip
    assert len(layers) == 9
    assert not any(line.startswith("*") for line in layers)


def test_a_foreign_file_is_told_as_far_as_it_goes(foreign_file: Path) -> None:
    inspected = inspect(foreign_file)
    assert inspected.manifest is None
    assert inspected.metadata is None
    assert inspected.parts == []
    assert in_words(inspected).startswith("foreign.tflite: a TFLite model of 10 ops, ")
    told = _told(inspected)
    assert "FLOAT32 [1, 16, 16, 3]" in told["input"]
    assert "FLOAT32 [1, 5]" in told["output"]
    assert told["islands"].endswith("1 of float ops: layers 3 to 5")
    assert told["metadata"].endswith("none")
    assert "held" not in told


def test_float_layers_are_marked(foreign_file: Path) -> None:
    lines = in_words(inspect(foreign_file)).splitlines()
    marked = [line.split()[1] for line in lines if line.startswith("*")]
    assert marked == ["0", "3", "4", "5", "9", "takes"]
    assert inspect(foreign_file).float_islands == [(3, 5)]


def test_metadata_and_parts_of_a_foreign_file_are_told(foreign_file: Path, tmp_path: Path) -> None:
    flatbuffer = with_metadata(foreign_file.read_bytes(), replace(SAID, author="A. Maker"))
    content = io.BytesIO(flatbuffer)
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr("labels.txt", "a\nb\nc\nd\ne\n")
    file = tmp_path / "model.tflite"
    file.write_bytes(content.getvalue())
    inspected = inspect(file)
    assert (inspected.name, inspected.parts, inspected.manifest) == ("leaves", ["labels.txt"], None)
    told = _told(inspected)
    assert told["metadata"].endswith("leaves 2, by A. Maker: leaf diseases, 5 classes; x, int8")
    assert told["licence"].endswith("CC0")


def test_what_steers_a_terminal_is_not_printed(foreign_file: Path, tmp_path: Path) -> None:
    said = replace(SAID, name="\x1b[2Jleaves\n", author="A. Maker")
    (tmp_path / "model.tflite").write_bytes(with_metadata(foreign_file.read_bytes(), said))
    text = in_words(inspect(tmp_path / "model.tflite"))
    assert text.startswith("\ufffd[2Jleaves\ufffd: a TFLite model")
    assert "\x1b" not in text


@pytest.mark.parametrize("kept", [0.5, 0.995])
def test_a_file_of_ours_that_is_not_whole_is_refused(
    lenet_model_file: Path, tmp_path: Path, kept: float
) -> None:
    """Cut in the flatbuffer, and in the zip, where the rest could be told as a foreign file."""
    content = lenet_model_file.read_bytes()
    (tmp_path / "cut.tflite").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UserError, match=r"truncated"):
        inspect(tmp_path / "cut.tflite")


def test_layers_of_another_graph_are_told_as_such(foreign_file: Path, tmp_path: Path) -> None:
    model = schema.ModelT.InitFromPackedBuf(foreign_file.read_bytes())
    model.subgraphs *= 2
    (tmp_path / "model.tflite").write_bytes(packed_model(model))
    lines = in_words(inspect(tmp_path / "model.tflite")).splitlines()
    assert sum("CONV_2D of graph 1 " in line for line in lines) == 2


@damages
@given(share=st.floats(0, 1))
def test_a_truncated_file_is_told_or_refused(
    foreign_file: Path, lenet_model_file: Path, tmp_path: Path, share: float
) -> None:
    for source in (foreign_file, lenet_model_file):
        content = source.read_bytes()
        file = tmp_path / source.name
        file.write_bytes(content[: int(share * len(content))])
        _inspect_in_all_ways(file)


@damages
@given(data=st.data())
def test_a_file_with_flipped_bytes_is_told_or_refused(
    foreign_file: Path, lenet_model_file: Path, tmp_path: Path, data: st.DataObject
) -> None:
    for source in (foreign_file, lenet_model_file):
        content = bytearray(source.read_bytes())
        places = st.integers(0, len(content) - 1)
        for place in data.draw(st.lists(places, min_size=1, max_size=20)):
            content[place] ^= data.draw(st.integers(1, 255))
        file = tmp_path / source.name
        file.write_bytes(content)
        _inspect_in_all_ways(file)


@damages
@given(data=st.data())
def test_a_file_with_wild_offsets_and_lengths_is_told_or_refused(
    foreign_file: Path, tmp_path: Path, data: st.DataObject
) -> None:
    """Constants are most of the file, and any bytes of them are right: here they are left alone."""
    content = bytearray(foreign_file.read_bytes())
    structure = st.integers(0, len(content) // 4 - 1)
    numbers = st.integers(0, 2**32 - 1) | st.integers(0, len(content))
    for place in data.draw(st.lists(structure, min_size=1, max_size=3)):
        struct.pack_into("<I", content, 4 * place, data.draw(numbers))
    file = tmp_path / "wild.tflite"
    file.write_bytes(content)
    _inspect_in_all_ways(file)


@pytest.mark.parametrize(
    ("number", "unit", "expected"),
    [
        (0, "B", "0 B"),
        (999, "B", "999 B"),
        (62_546, "B", "62.5 kB"),
        (57_052_736, "B", "57.1 MB"),
        (720_466_464, "", "720.5 M"),
        (15_470_314_496, "", "15.5 G"),
        (7, "", "7"),
    ],
)
def test_amounts_have_a_prefix(number: int, unit: str, expected: str) -> None:
    assert amount(number, unit) == expected


def test_the_command_prints_json_alone_and_draws_the_graph(
    warm_convert: Command, foreign_file: Path, tmp_path: Path
) -> None:
    page = tmp_path / "graph.html"
    process = warm_convert("inspect", foreign_file, "--json", "--graph", page)
    assert (process.returncode, process.stderr) == (0, "")
    assert json.loads(process.stdout)["name"] == "foreign.tflite"
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--graph", "graph.png"], "expected a name that ends in .html, received: graph.png"),
        (["--graph", "{taken}"], "taken.html exists: choose another path, or say --overwrite"),
    ],
)
def test_a_drawing_that_cannot_be_made_is_refused(
    warm_convert: Command,
    foreign_file: Path,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
) -> None:
    taken = tmp_path / "taken.html"
    taken.write_text("mine")
    words = [argument.format(taken=taken) for argument in arguments]
    process = warm_convert("inspect", foreign_file, *words)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.count("\n") == 1
    assert sentence in process.stderr
    assert taken.read_text() == "mine"


def test_a_picture_is_no_tflite_file(warm_convert: Command, sample_data: Path) -> None:
    picture = next(sample_data.rglob("*.jpg"))
    process = warm_convert("inspect", picture)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == (
        f"error: expected a TFLite model, received {picture}, which does not begin like a "
        "flatbuffer of the kind TFL3: name another file, or copy this one again\n"
    )
