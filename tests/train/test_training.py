"""Stages, averages and early ends, on a net that trains in a moment."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from plant_device.contract.geometry import Geometry
from plant_train.archs import ARCHITECTURES
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.lenet5 import LENET5
from plant_train.checkpoint import Checkpoint, Progress
from plant_train.fit import Task, fit
from plant_train.optimizer import new_optimizer
from plant_train.recipe import Recipe
from plant_train.run import Run
from plant_train.training import new_step

WriteClassFolders = Callable[[Path, dict[str, int]], None]


def _build(classes: int, options: Options) -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 5, strides=3, activation="relu", name="base")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dropout(0.5)(x)
    x = keras.layers.Dense(8, activation="relu", name="middle")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, dtype="float32", name="top")(x))


STAGED = Architecture(
    name="staged",
    geometry=Geometry(32, 36),
    options=Options,
    build=_build,
    groups=(("base",), ("middle",), ("top",)),
    features="flat",
    head="middle",
    weights=(),
    reset=("middle", "top"),
)


@pytest.fixture(autouse=True)
def _staged_is_an_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, "staged", STAGED)


@pytest.fixture(autouse=True)
def _nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report takes longer than such a training, and has tests of its own."""
    monkeypatch.setattr("plant_train.fit.write_documents", lambda *_: None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, write_class_folders: WriteClassFolders) -> Path:
    folder = tmp_path_factory.mktemp("training") / "leaves"
    write_class_folders(folder, {"Apple___healthy": 10, "Apple___scab": 12})
    return folder


def _fit(data: Path, out: Path, **recipe: Any) -> Run:
    own = {"epochs": 2, "batch": 4, "learning_rate": 0.01, "precision": "float32"}
    return fit(Task([data], out, STAGED, Options(), None, Recipe(**{**own, **recipe})))[0]


def _history(run: Run) -> list[dict[str, float]]:
    """The rows of history.csv but for the seconds."""
    with run.history_path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: float(row[key]) for key in row if key != "seconds"} for row in rows]


class StoppedError(Exception):
    """The power goes."""


def _fit_until(
    monkeypatch: pytest.MonkeyPatch, epoch: int, *arguments: Any, **recipe: Any
) -> dict[str, np.ndarray]:
    """Train until the checkpoint of an epoch is written, and no further: the kernels then."""
    save = Checkpoint.save
    kernels: dict[str, np.ndarray] = {}

    def saved(self: Checkpoint, model: keras.Model, progress: Progress, kept: int) -> None:
        save(self, model, progress, kept)
        if progress.epochs == epoch:
            kernels.update(_kernels(model))
            raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", saved)
        with pytest.raises(StoppedError):
            _fit(*arguments, **recipe)
    return kernels


def _kernels(model: keras.Model) -> dict[str, np.ndarray]:
    return {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}


def _first_kernels() -> dict[str, np.ndarray]:
    keras.utils.set_random_seed(0)
    return _kernels(_build(2, Options()))


@pytest.mark.parametrize(
    ("recipe", "epoch", "learned"),
    [
        ({"head_epochs": 2}, 2, {"middle", "top"}),
        ({"head_epochs": 2}, 3, {"base", "middle", "top"}),
        ({"unfreeze": 1}, 2, {"top"}),
        ({"unfreeze": 2}, 2, {"middle", "top"}),
        ({}, 1, {"base", "middle", "top"}),
    ],
)
def test_only_the_layers_of_a_stage_learn(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    recipe: dict[str, int],
    epoch: int,
    learned: set[str],
) -> None:
    kernels = _fit_until(monkeypatch, epoch, data, tmp_path / "run", **recipe)
    start = _first_kernels()
    assert {name for name in start if not np.array_equal(kernels[name], start[name])} == learned


@pytest.mark.parametrize(
    "stopped_after", [1, *(pytest.param(epoch, marks=pytest.mark.slow) for epoch in (2, 3))]
)
def test_a_staged_training_goes_on_in_the_middle_and_at_the_end_of_a_stage(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    recipe: dict[str, Any] = {
        "head_epochs": 2,
        "ema": 0.9,
        "mixup": 0.5,
        "optimizer": "adamw",
        "learning_rate": 0.001,
    }
    whole = _fit(data, tmp_path / "whole", **recipe)
    _fit_until(monkeypatch, stopped_after, data, tmp_path / "again", **recipe)
    again = _fit(data, tmp_path / "again", **recipe)
    assert len(_history(whole)) == 4
    assert _history(again) == _history(whole)
    ours, theirs = _kernels(again.load_model()), _kernels(whole.load_model())
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_what_is_judged_and_kept_is_the_average_of_the_weights(data: Path, tmp_path: Path) -> None:
    averaged, last = (_fit(data, tmp_path / f"{ema}", ema=ema, epochs=1) for ema in (0.9, 0.0))
    # The training is the same, what it leaves is nearer to where it began.
    assert _history(averaged)[0]["loss"] == _history(last)[0]["loss"]
    start, near, far = (
        _first_kernels(),
        _kernels(averaged.load_model()),
        _kernels(last.load_model()),
    )
    for name, kernel in start.items():
        assert 0 < np.abs(near[name] - kernel).sum() < np.abs(far[name] - kernel).sum()


def test_a_training_that_gets_no_better_stops_early(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A rate so small that no epoch is better than the first but by rounding.
    run = _fit(data, tmp_path / "run", epochs=50, early_stopping=2, learning_rate=1e-12)
    assert len(_history(run)) < 20
    assert "stopping early: 2 epochs without a better one" in capsys.readouterr().err
    assert run.finished()[1].epochs == len(_history(run))


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle", "plateau"])
def test_the_history_tells_the_schedules_rates(data: Path, tmp_path: Path, schedule: str) -> None:
    run = _fit(data, tmp_path / "run", epochs=3, schedule=schedule, warmup_epochs=0)
    rates = [row["learning_rate"] for row in _history(run)]
    assert max(rates) <= 0.01 * (1 + 1e-9)
    if schedule in {"constant", "plateau"}:
        assert rates[0] == pytest.approx(0.01)
    if schedule == "step":
        assert rates == pytest.approx([0.01, 0.001, 0.0001])
    if schedule in {"cosine", "one-cycle"}:
        assert rates[2] < rates[1]


def test_a_step_compiled_by_xla_computes_the_same() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
    targets = np.eye(3, dtype=np.float32)[np.arange(8) % 3]
    losses = {}
    for xla in (False, True):
        keras.utils.set_random_seed(0)
        model = LENET5.build(3, Options())
        optimizer = new_optimizer(Recipe(learning_rate=0.01), [1.0] * 10)
        optimizer.build(model.trainable_variables)
        step = new_step(model, optimizer, xla=xla)
        losses[xla] = [step(pictures, targets)[0] for _ in range(3)]
    assert losses[True] == pytest.approx(losses[False], rel=1e-4)
    assert losses[True][2] < losses[True][0]


def test_pictures_without_leaves_set_the_threshold_of_what_is_no_leaf(
    data: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    # The third folder: its noise is that of no class.
    write_class_folders(tmp_path / "others", {"a": 1, "b": 1, "sheds": 30})
    recipe = Recipe(epochs=2, batch=4, learning_rate=0.01, outliers=0.25)
    task = Task([data], tmp_path / "run", STAGED, Options(), None, recipe)
    run, result = fit(dataclasses.replace(task, not_leaf=tmp_path / "others" / "sheds"))
    assert run.read_record().data.not_leaf is not None
    plain = fit(dataclasses.replace(task, out=tmp_path / "plain"))[1]
    assert result.thresholds.not_leaf != plain.thresholds.not_leaf
