"""The one path that everything serves, walked by the real commands: leaves to decisions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from plant_device.contract.figures import ClassFigures, Figures

Command = Callable[..., "subprocess.CompletedProcess[str]"]

OF_NETWORK = {
    *("path", "decision", "cause", "reason", "label", "probability", "top", "energy", "ms"),
}
CLASSIFIED = OF_NETWORK | {"quality"}
DECISIONS = {"disease", "healthy", "unsure", "not_leaf"}


def _done(process: subprocess.CompletedProcess[str]) -> str:
    """What a command that must succeed printed on stdout."""
    assert process.returncode == 0, process.stderr
    assert "Traceback" not in process.stderr
    return process.stdout


def _check_figures(figures: dict[str, Any], n: int) -> None:
    assert figures.keys() == Figures.model_fields.keys()
    assert figures["n"] == n == sum(one["support"] for one in figures["per_class"].values())
    for one in figures["per_class"].values():
        assert one.keys() == ClassFigures.model_fields.keys()
    for key in ("top1", "top5", "macro_f1", "weighted_f1", "ece"):
        assert 0 <= figures[key] <= 1


def _check_classified(line: dict[str, Any], classes: set[str]) -> None:
    assert line["decision"] in DECISIONS
    assert {entry["label"] for entry in line["top"]} <= classes
    probabilities = [entry["probability"] for entry in line["top"]]
    assert len(probabilities) == 5
    assert probabilities == sorted(probabilities, reverse=True)
    assert line["top"][0] == {"label": line["label"], "probability": line["probability"]}
    assert line["ms"] > 0
    assert line["reason"]


def test_from_leaves_to_decisions_over_a_video(
    tmp_path: Path, plant_train: Command, plant_convert: Command, plant_device: Command
) -> None:
    # A folder as people name them.
    field = tmp_path / "Äcker & Gärten 2"
    leaves, run, model = field / "leaves", field / "run", field / "leaf model.tflite"

    said = plant_train(
        "sample", leaves, "--train-per-class", 8, "--test-per-class", 2, "--video-leaves", 1
    )
    assert _done(said) == ""
    classes = {path.name for path in (leaves / "train").iterdir()}
    assert len(classes) == 8
    video = field / "leaves.mp4"

    fitted = plant_train(
        *("fit", leaves, "--out", run, "--arch", "lenet5"),
        *("--recipe", "laptop", "--epochs", 4, "--batch", 8),
    )
    assert "held-out pictures of the training data: 8 pictures, top-1 " in _done(fitted)
    assert f"run: {run}   report: {run / 'report.html'}\n" in fitted.stderr

    evaluated = json.loads(_done(plant_train("evaluate", run, leaves, "--json")))
    _check_figures({key: evaluated[key] for key in Figures.model_fields}, 16)
    assert set(evaluated["per_class"]) == classes

    # Four epochs make no decided net: whether int8 agrees with it is not this test's matter.
    built = plant_convert(
        "build", run, "-o", model, "--min-agreement", 0, "--max-drop", 100, "--version", "2.1"
    )
    assert _done(built).startswith(f"{model}: ")
    assert [path.name for path in field.glob("*.tflite")] == [model.name]

    inspected = json.loads(_done(plant_convert("inspect", model, "--json")))
    assert inspected["float_ops"] == []
    assert inspected["bytes"] == model.stat().st_size
    manifest = inspected["manifest"]
    assert (manifest["name"], manifest["version"]) == ("run", "2.1")
    assert {one["label"] for one in manifest["classes"]} == classes
    _check_figures(manifest["held_out"]["int8"], 8)

    verified = json.loads(_done(plant_convert("verify", model, leaves, "--json")))
    of_a_run = {"float32", "agreement", "gate"}
    assert verified.keys() == {"model", "sha256", "bytes", "ms", "decisions", "int8", *of_a_run}
    assert not any(verified[key] for key in of_a_run)
    assert verified["sha256"] == inspected["sha256"]
    assert sum(verified["decisions"].values()) == 16
    _check_figures(verified["int8"], 16)

    printed = _done(plant_device("classify", model, leaves / "test", "--json"))
    classified = [json.loads(line) for line in printed.splitlines()]
    assert len(classified) == 16
    for line in classified:
        assert line.keys() == CLASSIFIED
        assert Path(line["path"]).is_file()
        _check_classified(line, classes)
    right = [Path(line["path"]).parent.name == line["label"] for line in classified]
    assert verified["int8"]["top1"] == np.mean(right)

    sheet = field / "sheet.png"
    watched = plant_device("run", "--model", model, "--source", video, "--sheet", sheet, "--json")
    frames = [json.loads(line) for line in _done(watched).splitlines()]
    capture = cv2.VideoCapture(str(video))
    assert len(frames) == int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) > 10
    assert [line["frame"] for line in frames] == list(range(len(frames)))
    for line in frames:
        assert line.keys() == CLASSIFIED | {"frame", "shown"}
        _check_classified(line, classes)
    assert f"{len(frames)} frames, source ended\n" in watched.stderr
    assert cv2.imread(str(sheet)) is not None
