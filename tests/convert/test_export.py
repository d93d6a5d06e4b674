from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from plant_convert.export import export
from plant_convert.flatbuffer import read_contents
from plant_convert.inspect import inspect
from plant_device.classify.decision import predict
from plant_device.classify.runtime import runtime_of
from plant_device.contract.errors import UserError
from plant_device.contract.model_file import ModelFile, read_model_file

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def model(lenet_model_file: Path) -> ModelFile:
    return read_model_file(lenet_model_file)


@pytest.fixture(scope="module")
def exported(lenet_model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "leaves.tflite"
    export(lenet_model_file, path)
    return path


def test_its_scores_are_the_devices_probabilities(model: ModelFile, exported: Path) -> None:
    interpreter = Interpreter(model_path=str(exported), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert result["dtype"] is np.uint8
    assert result["quantization"] == (1 / 256, 0)
    runtime = runtime_of(model, threads=1)
    for test in model.self_tests:
        interpreter.set_tensor(source["index"], test.picture[np.newaxis])
        interpreter.invoke()
        scores = interpreter.get_tensor(result["index"])[0] / 256
        prediction = predict(
            runtime.logits(test.picture), model.manifest.classes, model.manifest.temperature
        )
        for leaf, probability in prediction.top:
            score = scores[model.manifest.labels.index(leaf.label)]
            assert score == pytest.approx(probability, abs=1 / 256)


def test_the_signature_gives_the_probabilities_too(model: ModelFile, exported: Path) -> None:
    runner = Interpreter(model_path=str(exported)).get_signature_runner()
    (details,) = runner.get_output_details().values()
    assert details["dtype"] is np.uint8


def test_the_layers_before_are_those_of_the_model_file(model: ModelFile, exported: Path) -> None:
    before, after = read_contents(model.flatbuffer), read_contents(exported.read_bytes())
    assert after.layers[:-2] == before.layers
    assert after.ops[-2:] == ("QUANTIZE", "SOFTMAX")
    assert after.float_ops == ()


def test_its_metadata_has_the_labels_and_the_least_score(model: ModelFile, exported: Path) -> None:
    metadata = inspect(exported).metadata
    assert metadata is not None
    assert (metadata.name, metadata.version) == ("lenet_run", "1")
    (scores,) = metadata.subgraph_metadata[0].output_tensor_metadata
    (unit,) = scores.process_units
    assert unit.options is not None
    assert vars(unit.options) == {
        "global_score_threshold": pytest.approx(model.manifest.thresholds.unsure)
    }
    with zipfile.ZipFile(exported) as parts:
        assert parts.namelist() == ["labels.txt"]
        assert parts.read("labels.txt").decode().splitlines() == model.manifest.labels


def test_the_same_file_gives_the_same_bytes(lenet_model_file: Path, tmp_path: Path) -> None:
    for name in ("a.tflite", "b.tflite"):
        export(lenet_model_file, tmp_path / name)
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()


def test_the_device_does_not_take_it_for_a_model_file(exported: Path) -> None:
    with pytest.raises(UserError, match=r"^expected a model file made by plant-convert"):
        read_model_file(exported)


def test_what_is_no_model_file_is_not_exported(
    warm_convert: Command, foreign_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.tflite"
    process = warm_convert("export", foreign_file, "--out", out)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.count("\n") == 1
    assert "not a whole Plant Edge model file" in process.stderr
    assert not out.exists()


def test_the_model_file_itself_is_not_written_over(
    warm_convert: Command, lenet_model_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.tflite"
    file.write_bytes(lenet_model_file.read_bytes())
    process = warm_convert("export", file, "--out", tmp_path / "." / "mine.tflite", "--overwrite")
    assert process.returncode == 2
    assert "expected another name than FILE's, which devices need" in process.stderr
    assert file.read_bytes() == lenet_model_file.read_bytes()
