"""A real training process, killed or stopped from outside, and the same command again."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]

PATIENCE_SECONDS = 120
_PAGE, _ROOM_FOR_LINES = 4096, 1024


def _epochs(run: Path) -> int:
    """Epochs that the checkpoint has; the file is always whole, since it is renamed into place."""
    state = run / "checkpoint" / "state.json"
    return len(json.loads(state.read_text())["history"]) if state.is_file() else 0


def _interrupted_after_an_epoch(
    arguments: tuple[object, ...], run: Path, how: signal.Signals
) -> tuple[int, str]:
    """Start a training, send a signal once an epoch is done; the exit code and stderr.

    Nobody reads its stderr before the signal, and the pipe has room for some epochs' lines, not
    for all: however long this process sleeps on a busy machine, the training does not end.
    """
    read, write = os.pipe()
    room = fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PAGE)
    os.write(write, b" " * (room - _ROOM_FOR_LINES))
    process = subprocess.Popen(
        [sys.executable, "-m", "plant_train", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=write,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(write)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _epochs(run) < 1:
            assert process.poll() is None, process.returncode
            assert time.monotonic() < deadline, "no epoch was finished"
            time.sleep(0.01)
        process.send_signal(how)
        with os.fdopen(read) as stderr:
            said = stderr.read()
        process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
    return process.returncode, said


def _history(run: Path) -> list[dict[str, str]]:
    """The rows of history.csv but for the seconds."""
    with (run / "history.csv").open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGINT, id="stopped", marks=pytest.mark.slow),
    ],
)
def test_a_training_that_was_interrupted_goes_on_to_where_an_uninterrupted_one_ends(
    tmp_path: Path,
    sample_data: Path,
    lenet_run: Path,
    fit_settings: tuple[str, ...],
    warm_train: Command,
    how: signal.Signals,
) -> None:
    run = tmp_path / "run"
    command = ("fit", sample_data, "--out", run, *fit_settings)
    code, said = _interrupted_after_an_epoch(command, run, how)
    done = _epochs(run)
    assert 1 <= done < 24
    assert json.loads((run / "run.json").read_text())["result"] is None
    if how == signal.SIGINT:
        assert code == 130
        assert "Traceback" not in said
        last = said.splitlines()[-1]
        assert (
            last == f"error: stopped; the same command goes on after the last whole epoch in {run}"
        )
    else:
        assert code == -signal.SIGKILL

    again = warm_train(*command)
    assert again.returncode == 0, again.stderr
    assert f"resuming after epoch {done} of 24\n" in again.stderr
    assert f"epoch {done + 1}/24: " in again.stderr
    assert f"epoch {done}/24: " not in again.stderr
    # TensorFlow warns of functions that are traced again and again.
    assert "WARNING" not in again.stderr
    assert _history(run) == _history(lenet_run)
    assert json.loads((run / "run.json").read_text())["result"]["epochs"] == 24
    assert not (run / "checkpoint").exists()


@pytest.mark.slow
def test_who_stops_a_training_that_replaces_a_run_is_told_to_go_on_without_replacing(
    tmp_path: Path, sample_data: Path, fit_settings: tuple[str, ...], warm_train: Command
) -> None:
    run = tmp_path / "run"
    command = ("fit", sample_data, "--out", run, *fit_settings, "--epochs", "24")
    assert warm_train(*command, "--epochs", "1").returncode == 0
    code, said = _interrupted_after_an_epoch((*command, "--overwrite"), run, signal.SIGINT)
    assert code == 130
    assert said.splitlines()[-1] == (
        "error: stopped; the same command, without --overwrite, goes on after the last whole "
        f"epoch in {run}"
    )
    done = _epochs(run)
    again = warm_train(*command)
    assert again.returncode == 0, again.stderr
    assert f"resuming after epoch {done} of 24\n" in again.stderr


@pytest.mark.slow
def test_a_deterministic_training_that_was_killed_ends_with_the_same_bits(
    tmp_path: Path,
    sample_data: Path,
    lenet_run: Path,
    fit_settings: tuple[str, ...],
    warm_train: Command,
) -> None:
    settings = (
        *(*fit_settings, "--deterministic", "--ema", "0.9"),
        *("--weights", str(lenet_run / "model.keras"), "--head-epochs", "2"),
    )
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert warm_train("fit", sample_data, "--out", whole, *settings).returncode == 0
    command = ("fit", sample_data, "--out", killed, *settings)
    code, _ = _interrupted_after_an_epoch(command, killed, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert warm_train(*command).returncode == 0
    ours, theirs = (Run(folder).load_model().get_weights() for folder in (killed, whole))
    assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert _history(killed) == _history(whole)
    # The precision that is best is measured, and would not need to be the same again.
    assert json.loads((whole / "run.json").read_text())["recipe"]["precision"] == "float32"
