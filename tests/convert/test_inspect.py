from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from plant_convert.inspect import in_words, inspect
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import read_model_file


def test_it_holds_the_manifest_and_the_graph_as_json(lenet_model_file: Path) -> None:
    told = json.loads(inspect(lenet_model_file).model_dump_json())
    content = lenet_model_file.read_bytes()
    assert told.keys() == {"bytes", "sha256", "ops", "float_ops", "tensor_types", "manifest"}
    assert told["bytes"] == len(content)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    manifest = Manifest.model_validate(told["manifest"])
    assert manifest == read_model_file(lenet_model_file).manifest
    assert told["ops"].count("CONV_2D") == 2
    assert sum(told["tensor_types"].values()) > 10


def test_it_tells_a_person_what_is_in_the_file(lenet_model_file: Path) -> None:
    manifest = read_model_file(lenet_model_file).manifest
    lines = in_words(inspect(lenet_model_file)).splitlines()
    assert lines[0].startswith("lenet 1: lenet5, 8 classes, ")
    told = {line.split(maxsplit=1)[0]: line for line in lines[1:]}
    assert told["input"].endswith("uint8 [1, 32, 32, 3] RGB, centre of 36 x 36")
    assert "CONV_2D 2" in told["ops"]
    assert told["float"].split() == ["float", "ops", "none"]
    assert "INT8" in told["tensors"]
    assert f"top-1 {manifest.held_out.int8.top1:.2%}" in told["held"]
    assert f"temperature {manifest.temperature:.3f}" in told["decides"]
    assert told["self-test"].endswith("4 pictures")
    assert hashlib.sha256(lenet_model_file.read_bytes()).hexdigest() in told["sha256"]


def test_a_file_that_is_not_whole_is_refused(lenet_model_file: Path, tmp_path: Path) -> None:
    content = lenet_model_file.read_bytes()
    (tmp_path / "half.tflite").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="not a whole Plant Edge model file"):
        inspect(tmp_path / "half.tflite")
