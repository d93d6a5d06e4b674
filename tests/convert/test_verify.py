from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_convert.subject import model_file
from plant_convert.verify import Verified, comparison_of, verify
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Gate
from plant_device.contract.model_file import read_model_file
from plant_train.evaluate import evaluate
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _lines(text: str) -> dict[str, dict[str, Any]]:
    """The lines by picture, without the time that each took."""
    lines = [json.loads(line) for line in text.splitlines()]
    return {line["path"]: {key: line[key] for key in line if key != "ms"} for line in lines}


@pytest.fixture
def blind_run(lenet_run: Path, tmp_path: Path) -> Path:
    """A run with the same classes that sees nothing but one class."""
    shutil.copytree(lenet_run, tmp_path / "blind_run")
    run = Run(tmp_path / "blind_run")
    model = run.load_model()
    kernel, bias = model.get_layer("output").get_weights()
    model.get_layer("output").set_weights([kernel * 0, np.eye(8)[0] + bias * 0])
    model.save(run.model_path)
    return run.folder


def test_predictions_are_what_the_device_says_picture_for_picture(
    warm_convert: Command,
    plant_device: Command,
    lenet_model_file: Path,
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    predictions = tmp_path / "predictions.jsonl"
    verified = warm_convert(
        "verify", lenet_model_file, sample_data, "--run", lenet_run, "--json",
        "--min-agreement", "0", "--max-drop", "100", "--predictions", predictions,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr
    classified = plant_device("classify", lenet_model_file, sample_data / "test", "--json")
    assert classified.returncode == 0, classified.stderr
    ours, theirs = _lines(predictions.read_text()), _lines(classified.stdout)
    assert len(ours) == 32
    assert ours == theirs
    assert set(next(iter(ours.values()))) == {
        "path", "decision", "cause", "reason", "label", "probability", "top", "energy", "quality"
    }  # fmt: skip
    # The figures are those of these very lines.
    told = json.loads(verified.stdout)
    right = [Path(path).parent.name == line["label"] for path, line in ours.items()]
    assert told["int8"]["top1"] == pytest.approx(np.mean(right))
    kinds = [line["decision"] for line in ours.values()]
    assert told["decisions"] == {kind: kinds.count(kind) for kind in set(kinds)}
    assert told["gate"]["n"] == 32
    assert told["gate"]["agreement"] == told["agreement"]
    assert told["gate"]["max_macro_f1_drop"] == 1.0
    assert told.keys() == Verified.model_fields.keys()
    # A key that is there whether a class has the pictures to tell or not.
    assert told["gate"].keys() == Gate.model_fields.keys()
    assert told["gate"]["greatest_recall_drop"] is None


def test_a_model_that_falls_short_of_its_run_exits_with_1_and_says_by_how_much(
    warm_convert: Command, lenet_model_file: Path, blind_run: Path, sample_data: Path
) -> None:
    process = warm_convert("verify", lenet_model_file, sample_data, "--run", blind_run)
    assert process.returncode == 1
    gate = [line for line in process.stderr.splitlines() if line.startswith("gate: ")]
    assert len(gate) == 1
    assert "on 32 pictures, at least 99.00% expected" in gate[0]
    assert "Traceback" not in process.stderr
    assert process.stdout.startswith(f"{lenet_model_file}: 32 pictures, top-1 ")


def test_the_greatest_drop_is_given_in_points_of_100(
    warm_convert: Command, blind_run: Path, lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    blind, lax = tmp_path / "blind.tflite", ("--min-agreement", 0, "--max-recall-drop", 100)
    assert warm_convert("build", blind_run, "-o", blind).returncode == 0
    order = ("verify", blind, sample_data, "--run", lenet_run, *lax)
    process = warm_convert(*order, "--max-drop", 0.25)
    assert process.returncode == 1
    told = re.search(r"macro F1 falls by ([0-9.]+) points, at most 0\.25 expected", process.stderr)
    assert told, process.stderr
    assert warm_convert(*order, "--max-drop", float(told[1]) + 0.01).returncode == 0


def test_without_a_run_there_are_figures_and_nothing_to_compare(
    lenet_model_file: Path, sample_data: Path
) -> None:
    verification = verify(model_file(lenet_model_file), sample_data, None)
    verified, lines = verification.verified, verification.lines
    assert verification.disagreements == []
    assert verified.float32 is None
    assert verified.agreement is None
    assert comparison_of(verified) is None
    assert verified.int8.n == len(lines) == 32
    assert verified.bytes == lenet_model_file.stat().st_size
    assert verified.sha256 == read_model_file(lenet_model_file).sha256
    assert sum(verified.decisions.values()) == 32
    assert verified.ms > 0


def test_with_its_run_the_float_figures_are_those_of_evaluate(
    lenet_model_file: Path, lenet_run: Path, sample_data: Path
) -> None:
    verification = verify(model_file(lenet_model_file), sample_data, lenet_run)
    verified, lines = verification.verified, verification.lines
    assert verified.float32 == evaluate(lenet_run, sample_data).figures
    assert verified.agreement is not None
    # The same weights: int8 answers as float does but for a few pictures near a border.
    assert verified.agreement > 0.8
    assert verified.int8.top1 == pytest.approx(
        np.mean([Path(line.path).parent.name == line.label for line in lines])
    )


def test_a_run_of_other_pictures_than_the_file_was_made_of_is_told(
    warm_convert: Command,
    lenet_model_file: Path,
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    shutil.copytree(lenet_run, other)
    record = json.loads((other / "run.json").read_text())
    record["data"]["validation_fingerprint"] = "0" * 64
    (other / "run.json").write_text(json.dumps(record))
    lax = ("--min-agreement", 0, "--max-drop", 100, "--max-recall-drop", 100)
    told = {
        run: warm_convert("verify", lenet_model_file, sample_data, "--run", run, *lax).stderr
        for run in (lenet_run, other)
    }
    assert f"was made of another run than {other}" in told[other]
    assert "another run" not in told[lenet_run]


def test_pictures_of_a_class_that_the_model_does_not_know_are_refused(
    lenet_model_file: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_data / "test" / "Corn___healthy", tmp_path / "Potato___healthy")
    with pytest.raises(UserError, match="does not know: Potato___healthy"):
        verify(model_file(lenet_model_file), tmp_path, None)


def test_a_bad_picture_is_named(lenet_model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "Corn___healthy").mkdir()
    (tmp_path / "Corn___healthy" / "text.jpg").write_text("no picture")
    with pytest.raises(UserError, match=r"Corn___healthy/text\.jpg, which is none of these$"):
        verify(model_file(lenet_model_file), tmp_path, None)


def test_predictions_are_not_written_over_without_being_asked(
    warm_convert: Command, lenet_model_file: Path, sample_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    process = warm_convert(
        "verify", lenet_model_file, sample_data, "--predictions", tmp_path / "mine"
    )
    assert process.returncode == 2
    assert "mine exists: choose another path, or say --overwrite" in process.stderr
    assert (tmp_path / "mine").read_text() == "mine"
