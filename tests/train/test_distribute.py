"""Two virtual devices in a process of its own: TensorFlow takes them at its start alone."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from plant_train.archs.architecture import Options
from plant_train.archs.lenet5 import LENET5
from plant_train.fit import Task, fit
from plant_train.recipe import Recipe


def _losses(run: Path) -> list[float]:
    with (run / "history.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.slow
def test_two_devices_train_as_one(sample_data: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("on_two_devices.py")
    done = subprocess.run(
        [sys.executable, str(script), str(sample_data), str(tmp_path / "two")],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # The order of the sums differs, and so their last bits.
    assert float(done.stdout.splitlines()[-1]) < 1e-5
    recipe = Recipe(epochs=3, batch=8, learning_rate=0.01, ema=0.9, precision="float32")
    fit(Task([sample_data], tmp_path / "one", LENET5, Options(), None, recipe))
    assert _losses(tmp_path / "two") == pytest.approx(_losses(tmp_path / "one"), rel=1e-3)
    assert not (tmp_path / "two" / "checkpoint").exists()
