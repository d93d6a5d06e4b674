"""Field → training → model → field: what a person put right on a device teaches the next model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _done(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.slow
def test_corrected_records_train_the_next_model_which_the_device_runs(
    plant_train: Command,
    plant_convert: Command,
    plant_device: Command,
    lenet_model_file: Path,
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
) -> None:
    store, field = tmp_path / "store", sample_data / "test"
    run = ("run", "--model", lenet_model_file, "--source", field, "--store", store)
    _done(plant_device(*run))
    lines = _done(plant_device("records", "list", store, "--json", "--limit", 1000)).splitlines()
    # The person knows: the folder that a picture came from.
    truths = {line["id"]: Path(line["path"]).parent.name for line in map(json.loads, lines)}
    assert len(truths) == len(list(field.rglob("*.png"))) + len(list(field.rglob("*.jpg"))) > 20
    for number, label in truths.items():
        _done(plant_device("records", "correct", store, number, label))

    exported = tmp_path / "corrected.zip"
    _done(plant_device("records", "export", store, "--out", exported, "--corrected"))
    second = tmp_path / "second"
    _done(
        plant_train(
            "fit", exported, sample_data, "--out", second, "--arch", "lenet5", "--recipe",
            "laptop", "--epochs", 2, "--batch", 8, "--weights", lenet_run / "model.keras",
        )
    )  # fmt: skip
    model = tmp_path / "second.tflite"
    _done(plant_convert("build", second, "--out", model, "--min-agreement", 0, "--max-drop", 100))
    again = _done(plant_device("classify", model, field, "--json")).splitlines()
    assert len(again) == len(truths)
    assert {entry["label"] for line in map(json.loads, again) for entry in line["top"]} <= set(
        truths.values()
    )
