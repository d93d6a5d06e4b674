"""Each command starts with what its own stage needs, and says in one line what is missing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import plant_convert.cli
import plant_device.cli
import plant_train.cli

Command = Callable[..., "subprocess.CompletedProcess[str]"]

STAGES = {
    "plant_train": plant_train.cli.app,
    "plant_convert": plant_convert.cli.app,
    "plant_device": plant_device.cli.app,
}


def _command_lines(stage: str) -> list[list[str]]:
    """All commands and groups of commands of a stage, without arguments."""
    found: list[list[str]] = []

    def visit(command: object, words: list[str]) -> None:
        found.append(words)
        for name, below in getattr(command, "commands", {}).items():
            visit(below, [*words, name])

    visit(typer.main.get_command(STAGES[stage]), [])
    return found


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """An environment in which packages do not import, as where they are not installed."""

    def environment(*packages: str) -> dict[str, str]:
        for package in packages:
            (tmp_path / f"{package}.py").write_text(
                f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')\n"
            )
        return {"PYTHONPATH": str(tmp_path)}

    return environment


@pytest.mark.parametrize("stage", STAGES)
def test_every_command_explains_itself_without_tensorflow(
    stage: str, request: pytest.FixtureRequest, without: Callable[..., dict[str, str]]
) -> None:
    command: Command = request.getfixturevalue(stage)
    environment = without("tensorflow", "keras", "rich")
    lines = _command_lines(stage)
    assert len(lines) > 2
    for words in lines:
        process = command(*words, "--help", env=environment)
        assert process.returncode == 0, words
        program = stage.replace("_", "-")
        assert process.stdout.startswith(f"Usage: {' '.join([program, *words])} "), words
        assert "--help" in process.stdout
        assert process.stderr == "", words


@pytest.mark.parametrize("stage", STAGES)
def test_a_program_without_a_command_explains_itself(
    stage: str, request: pytest.FixtureRequest
) -> None:
    process = request.getfixturevalue(stage)()
    assert process.returncode == 0
    assert process.stdout.startswith("Usage: ")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("plant_train", ["fit", "DATA", "--out", "run"]),
        ("plant_train", ["evaluate", "RUN", "DATA"]),
        ("plant_train", ["report", "RUN"]),
        ("plant_train", ["summary", "alexnet"]),
        ("plant_train", ["weights", "alexnet.pth"]),
        ("plant_convert", ["build", "run", "-o", "new.tflite"]),
        ("plant_convert", ["verify", "model.tflite", "leaves"]),
    ],
)
def test_without_tensorflow_one_line_names_the_extra_that_brings_it(
    stage: str,
    words: list[str],
    request: pytest.FixtureRequest,
    without: Callable[..., dict[str, str]],
    sample_data: Path,
    lenet_run: Path,
) -> None:
    places = {"DATA": sample_data, "RUN": lenet_run}
    arguments = [places.get(word, word) for word in words]
    process = request.getfixturevalue(stage)(*arguments, env=without("tensorflow"))
    assert process.returncode == 2
    assert process.stdout == ""
    *_, line = process.stderr.splitlines()
    assert process.stderr.count("error: ") == 1
    assert line.startswith("error: this command needs tensorflow, ")
    assert line.endswith("pip install 'plant-edge[train]'")


@pytest.mark.parametrize(
    "words", [["fit", "leaves", "--out", "run"], ["evaluate", "run", "leaves"]]
)
def test_on_a_device_one_line_names_the_extra_that_trains(
    words: list[str], plant_train: Command, without: Callable[..., dict[str, str]]
) -> None:
    process = plant_train(*words, env=without("tensorflow", "keras", "scipy", "requests"))
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: this command needs scipy, ")
    assert line.endswith("pip install 'plant-edge[train]'")


def test_a_sample_needs_no_tensorflow(
    plant_train: Command, tmp_path: Path, without: Callable[..., dict[str, str]]
) -> None:
    out = tmp_path / "sample"
    process = plant_train(
        "sample", out, "--train-per-class", 2, "--test-per-class", 1,
        env=without("tensorflow", "keras"),
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert len(list(out.rglob("*.jpg"))) == 24


def test_what_works_on_model_files_needs_no_tensorflow(
    plant_convert: Command,
    lenet_model_file: Path,
    tmp_path: Path,
    without: Callable[..., dict[str, str]],
) -> None:
    missing = without("tensorflow", "keras")
    out, page = tmp_path / "out.tflite", tmp_path / "graph.html"
    for words in (["export", lenet_model_file, "--out", out], ["inspect", out, "--graph", page]):
        process = plant_convert(*words, env=missing)
        assert (process.returncode, process.stderr) == (0, ""), process.stderr


def test_a_drawing_names_the_extra_that_brings_what_it_needs(
    plant_convert: Command,
    lenet_model_file: Path,
    tmp_path: Path,
    without: Callable[..., dict[str, str]],
) -> None:
    words = ["inspect", lenet_model_file, "--graph", tmp_path / "graph.html"]
    process = plant_convert(*words, env=without("jinja2"))
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.endswith("pip install 'plant-edge[train]'")


def test_an_audit_needs_no_tensorflow_and_names_the_extra_that_brings_the_rest(
    plant_train: Command, sample_data: Path, without: Callable[..., dict[str, str]]
) -> None:
    process = plant_train("audit", sample_data / "test", env=without("tensorflow", "keras"))
    assert process.returncode == 0, process.stderr
    process = plant_train("audit", sample_data / "test", env=without("imagehash"))
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.endswith("pip install 'plant-edge[train]'")


def test_a_device_without_the_training_extra_says_what_a_sample_needs(
    plant_train: Command, tmp_path: Path, without: Callable[..., dict[str, str]]
) -> None:
    process = plant_train("sample", tmp_path / "sample", env=without("rich"))
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.endswith("pip install 'plant-edge[train]'")
    assert not (tmp_path / "sample").exists()


@pytest.mark.parametrize("words", [["plantvillage", "leaves"], ["weights", "alexnet"]])
def test_without_the_training_extra_a_download_says_what_it_needs(
    plant_train: Command, words: list[str], without: Callable[..., dict[str, str]]
) -> None:
    process = plant_train("download", *words, env=without("requests", "tensorflow"))
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: this command needs requests, ")
    assert line.endswith("pip install 'plant-edge[train]'")


def test_the_device_classifies_with_nothing_of_the_training_extra(
    plant_device: Command,
    lenet_model_file: Path,
    sample_data: Path,
    without: Callable[..., dict[str, str]],
) -> None:
    missing = without(
        "tensorflow", "keras", "sklearn", "scipy", "matplotlib", "jinja2", "platformdirs",
        "tensorboard", "plant_train", "plant_convert",
    )  # fmt: skip
    picture = sample_data / "test" / "Corn___healthy" / "0000.jpg"
    process = plant_device("classify", lenet_model_file, picture, "--json", env=missing)
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["path"] == str(picture)
