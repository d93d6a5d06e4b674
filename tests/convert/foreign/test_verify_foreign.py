"""`plant-convert verify` on TFLite files that others made of a network whose figures are known."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_convert.foreign.description import Description, read_description
from plant_convert.subject import foreign_file, model_file
from plant_convert.verify import verify
from plant_device.contract.errors import UserError
from plant_train.evaluate import evaluate
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def description(foreign_labels: Path) -> Description:
    described = read_description(foreign_labels, None, None, 36)
    assert described is not None
    return described


def test_a_float_file_has_the_figures_of_the_run_that_it_was_made_of(
    foreign_float: Path, description: Description, lenet_run: Path, sample_data: Path
) -> None:
    verified = verify(foreign_file(foreign_float, description), sample_data, lenet_run).verified
    theirs = evaluate(lenet_run, sample_data).figures
    assert verified.float32 is not None
    assert verified.float32.top1 == verified.int8.top1 == theirs.top1
    # The labels' order is another one.
    assert verified.float32.macro_f1 == pytest.approx(theirs.macro_f1)
    assert verified.int8.per_class == verified.float32.per_class
    assert verified.agreement == 1
    # Without a temperature.
    assert verified.float32.log_loss == pytest.approx(theirs.log_loss)
    assert verified.int8.log_loss == pytest.approx(
        evaluate(lenet_run, sample_data).before_temperature.log_loss, rel=1e-4
    )


def test_our_own_file_has_its_classes_and_takes_no_others(
    lenet_model_file: Path, description: Description
) -> None:
    with pytest.raises(
        UserError, match=r"lenet\.tflite is a model file of plant-convert, which has its own "
    ):
        foreign_file(lenet_model_file, description)


def test_the_command_judges_compares_and_shows_where_they_disagree(
    warm_convert: Command,
    foreign_int8: Path,
    foreign_labels: Path,
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    page, predictions = tmp_path / "page.html", tmp_path / "predictions.jsonl"
    process = warm_convert(
        "verify", foreign_int8, sample_data, "--labels", foreign_labels, "--stored-side", "36",
        "--run", lenet_run, "--disagreements", page, "--predictions", predictions, "--json",
        "--min-agreement", "0", "--max-drop", "100",
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert "int8.tflite is taken for a network of int8 RGB 32 x 32, the centre of 36 x 36" in (
        process.stderr
    )
    told = json.loads(process.stdout)
    assert told["model"] == "int8"
    assert told["bytes"] == foreign_int8.stat().st_size
    assert told["agreement"] > 0.8
    assert set(told["decisions"]) <= {"disease", "healthy"}
    lines = [json.loads(line) for line in predictions.read_text().splitlines()]
    right = [Path(line["path"]).parent.name == line["label"] for line in lines]
    assert told["int8"]["top1"] == pytest.approx(sum(right) / 32)
    differing = round(32 * (1 - told["agreement"]))
    assert page.read_text().count("<figure") == differing


def test_a_file_that_falls_short_of_the_run_exits_with_1(
    warm_convert: Command,
    foreign_float: Path,
    foreign_labels: Path,
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    # Pixels that the network does not know.
    process = warm_convert(
        "verify", foreign_float, sample_data, "--labels", foreign_labels, "--stored-side", "36",
        "--std", "255", "--run", lenet_run, "--disagreements", tmp_path / "page.html",
    )  # fmt: skip
    assert process.returncode == 1
    assert re.search(r"^gate: top-1 agreement \d", process.stderr, re.MULTILINE)
    assert "Traceback" not in process.stderr
    assert (tmp_path / "page.html").read_text().count("<figure") > 5


def test_other_names_of_the_data_are_told_with_class_names(
    warm_convert: Command,
    foreign_float: Path,
    foreign_labels: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    for folder in ("Corn___healthy", "Apple___scab"):
        shutil.copytree(sample_data / "test" / folder, tmp_path / "data" / folder)
    (tmp_path / "data" / "Corn___healthy").rename(tmp_path / "data" / "good maize")
    arguments = ("verify", foreign_float, tmp_path / "data", "--labels", foreign_labels)
    process = warm_convert(*arguments)
    assert process.returncode == 2
    assert "has classes that the model does not know: good maize" in process.stderr
    with (tmp_path / "names.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["theirs", "ours"], ["good maize", "Corn___healthy"]])
    process = warm_convert(*arguments, "--class-names", tmp_path / "names.csv", "--json")
    assert process.returncode == 0, process.stderr
    assert set(json.loads(process.stdout)["int8"]["per_class"]) == {
        "Apple___scab",
        "Corn___healthy",
    }


def test_a_run_with_other_classes_is_no_measure(
    foreign_float: Path, lenet_run: Path, sample_data: Path
) -> None:
    record, _ = Run(lenet_run).finished()
    described = Description(("elm", *record.classes[1:]), None, 36)
    data = sample_data / "test" / record.classes[1]
    with pytest.raises(UserError, match=r"only one of the two has .*, elm: name the run that"):
        verify(foreign_file(foreign_float, described), data, lenet_run)


def test_a_foreign_file_without_labels_is_told_from_a_damaged_one(foreign_float: Path) -> None:
    with pytest.raises(UserError, match=r"name the classes with --labels$"):
        model_file(foreign_float)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--std", "255"), "expected --labels with --std: they describe a foreign classifier"),
        (("--disagreements", "page.html"), "expected --run with --disagreements"),
        (("--disagreements", "page.txt"), "expected a name that ends in .html"),
        (("--labels", "none.txt"), "expected a labels file at none.txt"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(
    warm_convert: Command, foreign_float: Path, arguments: tuple[str, str], sentence: str
) -> None:
    process = warm_convert("verify", foreign_float, "nowhere", *arguments)
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1
    assert sentence in process.stderr
