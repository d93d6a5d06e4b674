"""The real `plant-train`: exit codes, one line for an error, results alone on stdout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_train.archs import ARCHITECTURES
from plant_train.recipe import built_in_recipes

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _only_line(said: str) -> str:
    lines = said.splitlines()
    assert len(lines) == 1, said
    return lines[0]


NO_RUN = "a run folder at nowhere: there is none; name what plant-train fit was given as --out"


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["fit", "leaves"], "--out"),
        (["fit", "leaves", "--out", "run", "--epochs", "0"], "--epochs"),
        (["fit", "leaves", "--out", "run", "--epoch", "3"], "--epoch"),
        (
            ["fit", "leaves", "--out", "run", "--validation-fraction", "0.9"],
            "--validation-fraction",
        ),
        (["sample", "out", "--side", "100"], "--side"),
        (["evaluate", "run", "leaves", "--crops", "3"], "expected 1, 2 or 10 crops, received: 3"),
        (["report", "run", "--crops", "0"], "expected 1, 2 or 10 crops, received: 0"),
        (["train"], "train"),
    ],
)
def test_a_wrong_call_is_told_in_one_line_and_exits_with_2(
    warm_train: Command, arguments: list[str], about: str
) -> None:
    process = warm_train(*arguments)
    assert process.returncode == 2
    line = _only_line(process.stderr)
    assert line.startswith("error: ")
    assert about in line
    assert process.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["fit", "nowhere", "--out", "run"], "nowhere: there is none"),
        (["fit", ".", "--out", "run", "--weights", "alexnett"], "received: alexnett"),
        (["preview", "nowhere", "--out", "sheet.jpg"], "nowhere: there is none"),
        (["find-rate", "nowhere", "--out", "rates.png"], "nowhere: there is none"),
        (
            ["evaluate", "nowhere", "leaves"],
            NO_RUN,
        ),
        (
            ["report", "nowhere"],
            NO_RUN,
        ),
    ],
)
def test_a_wrong_path_is_told_before_tensorflow_is_started(
    arguments: list[str], about: str, tmp_path: Path
) -> None:
    timed = [sys.executable, "-X", "importtime", "-m", "plant_train", *arguments]
    process = subprocess.run(timed, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    *imported, said = process.stderr.splitlines()
    assert said.endswith(about)
    modules = {line.rpartition("|")[2].strip() for line in imported}
    assert "plant_train.recipe" in modules
    assert "tensorflow" not in modules


@pytest.mark.parametrize("command", ["fit", "evaluate", "find-rate", "preview", "audit"])
def test_the_help_has_an_example_and_names_what_there_is(
    plant_train: Command, command: str
) -> None:
    told = " ".join(plant_train(command, "--help", env={"COLUMNS": "200"}).stdout.split())
    assert f"Example: plant-train {command} leaves " in told or "runs/first leaves" in told
    if "--arch " in told:
        assert all(name in told for name in ARCHITECTURES)
    if "--recipe " in told:
        assert f"Built in: {', '.join(built_in_recipes())};" in told
        assert "Passes over the training pictures, after those of head_epochs." in told


def test_without_weights_every_layer_learns_and_the_recipe_for_that_is_named(
    warm_train: Command, sample_data: Path, tmp_path: Path
) -> None:
    short = ("--arch", "lenet5", "--epochs", "1", "--precision", "float32", "--outliers", "0")
    plain = ("--augment-background", "0", "--augment-occlusion", "0", "--batch", "16")
    process = warm_train("fit", sample_data, "--out", tmp_path / "run", *short, *plain)
    assert process.returncode == 0, process.stderr
    assert (
        "without weights: every layer learns from the first epoch (head_epochs 0, unfreeze 0); "
        "--recipe scratch is made for this\n"
    ) in process.stderr
    recipe = json.loads((tmp_path / "run" / "run.json").read_text())["recipe"]
    assert (recipe["head_epochs"], recipe["unfreeze"], recipe["epochs"]) == (0, 0, 1)
    assert "epoch 1/1: " in process.stderr


def test_a_wrong_learning_rate_names_its_option(warm_train: Command, tmp_path: Path) -> None:
    process = warm_train("fit", tmp_path, "--out", tmp_path / "run", "--learning-rate", "0")
    assert process.returncode == 2
    assert _only_line(process.stderr).startswith("error: wrong --learning-rate: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", "leaves", "--out", "{}/page.html"],
        ["evaluate", "run", "leaves", "--out", "{}/figures.json"],
        ["preview", "leaves", "--out", "{}/sheet.jpg"],
        ["find-rate", "leaves", "--out", "{}/plot.png"],
        ["sample", "{}/leaves"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    warm_train: Command, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "notes.txt").touch()
    process = warm_train(*(part.format(tmp_path / "notes.txt") for part in arguments))
    assert process.returncode == 2
    line = _only_line(process.stderr)
    assert line.startswith("error: expected a folder that can be written to, received ")
    assert line.endswith("notes.txt (Not a directory)")


def test_a_run_without_its_model_exits_with_2_and_one_line(
    warm_train: Command, lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    process = warm_train("evaluate", tmp_path / "run", sample_data)
    assert process.returncode == 2
    line = _only_line(process.stderr)
    assert line.startswith("error: expected a model in the run folder, ")
    assert line.endswith("model.keras is missing")
    assert process.stdout == ""


def test_summary_prints_the_table_on_stdout(plant_train: Command) -> None:
    process = plant_train("summary", "lenet5", "--classes", "38")
    assert process.returncode == 0
    lines = process.stdout.splitlines()
    assert lines[0].split() == [
        "layer", "kind", "output", "parameters", "neurons", "connections"
    ]  # fmt: skip
    assert lines[-1].split()[:2] == ["total", f"{456 + 2_416 + 48_120 + 10_164 + 84 * 38 + 38:,}"]
    assert process.stderr == ""


def test_a_sample_is_not_written_over_without_being_asked(
    warm_train: Command, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    process = warm_train("sample", tmp_path / "mine")
    assert process.returncode == 2
    assert "mine exists: choose another path, or say --overwrite" in _only_line(process.stderr)
    process = warm_train("sample", tmp_path / "mine", "--overwrite")
    assert process.returncode == 2
    assert "is no sample data set" in _only_line(process.stderr)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"


def test_a_video_beside_the_sample_is_not_written_over_either(
    warm_train: Command, tmp_path: Path
) -> None:
    (tmp_path / "leaves.mp4").write_text("mine")
    process = warm_train("sample", tmp_path / "leaves", "--video-leaves", "1")
    assert process.returncode == 2
    assert "leaves.mp4 exists: choose another path" in _only_line(process.stderr)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
