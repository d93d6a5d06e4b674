"""Two real `plant-train fit` on loopback that train as one, and what happens when one dies."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.distribute import training_strategy
from plant_train.rendezvous import wait_for_all

PATIENCE_SECONDS = 180
EPOCHS = 6
SETTINGS = (
    *("--arch", "lenet5", "--recipe", "laptop", "--precision", "float32"),
    *("--head-epochs", "1", "--batch", "8", "--learning-rate", "0.01"),
)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _history(run: Path) -> list[dict[str, float]]:
    with (run / "history.csv").open(newline="") as file:
        return [
            {key: float(row[key]) for key in row if key != "seconds"}
            for row in csv.DictReader(file)
        ]


def _epochs(run: Path) -> int:
    state = run / "checkpoint" / "state.json"
    return len(json.loads(state.read_text())["history"]) if state.is_file() else 0


@contextmanager
def _two_workers(
    data: Path, runs: list[Path], epochs: int, weights: Path
) -> Iterator[list[subprocess.Popen[str]]]:
    places = ",".join(f"127.0.0.1:{port}" for port in _free_ports(2))
    started: list[subprocess.Popen[str]] = []
    try:
        for number, run in enumerate(runs):
            # Like a shell's pipe that is not full: 64 kB hold all that a short training says.
            command = [
                *[sys.executable, "-m", "plant_train", "fit", str(data), "--out", str(run)],
                *(*SETTINGS, "--epochs", str(epochs), "--weights", str(weights)),
                *["--workers", places, "--worker", str(number)],
            ]
            environment = {key: os.environ[key] for key in os.environ if key != "TF_CONFIG"}
            started.append(
                subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                 text=True, env=environment)
            )  # fmt: skip
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


@pytest.mark.slow
def test_two_processes_train_as_one_and_go_on_after_one_was_killed(
    sample_data: Path, lenet_run: Path, tmp_path: Path
) -> None:
    runs, weights = [tmp_path / "run0", tmp_path / "run1"], lenet_run / "model.keras"
    with _two_workers(sample_data, runs, 400, weights) as (first, second):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _epochs(runs[0]) < 2 or _epochs(runs[1]) < 2:
            assert first.poll() is None, first.communicate()[1]
            assert time.monotonic() < deadline, "no epoch was finished"
            time.sleep(0.02)
        second.send_signal(signal.SIGKILL)
        _, said = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 2, said
    last = said.splitlines()[-1]
    assert last.startswith("error: lost another worker in the midst of a step: start all")
    assert "Traceback" not in said

    done = [_epochs(run) for run in runs]
    assert min(done) >= 2
    assert abs(done[0] - done[1]) <= 1
    with _two_workers(sample_data, runs, 400, weights) as (first, second):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _epochs(runs[0]) < min(done) + 2:
            assert first.poll() is None, first.communicate()[1]
            assert time.monotonic() < deadline, "it does not go on"
            time.sleep(0.02)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(
    sample_data: Path, lenet_run: Path, tmp_path: Path
) -> None:
    runs, weights = [tmp_path / "run0", tmp_path / "run1"], lenet_run / "model.keras"
    with _two_workers(sample_data, runs, EPOCHS, weights) as workers:
        ended = [worker.communicate(timeout=PATIENCE_SECONDS) for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0], ended
    assert _history(runs[0]) == _history(runs[1])
    single = subprocess.run(
        [sys.executable, "-m", "plant_train", "fit", str(sample_data), "--out",
         str(tmp_path / "one"), *SETTINGS, "--epochs", str(EPOCHS), "--weights", str(weights)],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert single.returncode == 0, single.stderr
    # The order of the sums differs, and so their last bits.
    for ours, theirs in zip(_history(runs[0]), _history(tmp_path / "one"), strict=True):
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-3)
        assert ours["validation_log_loss"] == pytest.approx(theirs["validation_log_loss"], rel=1e-2)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_worker_that_waits_for_others_is_ended_by_a_signal(
    sample_data: Path, tmp_path: Path, how: signal.Signals, code: int
) -> None:
    here, gone = (f"127.0.0.1:{port}" for port in _free_ports(2))
    process = subprocess.Popen(
        [sys.executable, "-m", "plant_train", "fit", str(sample_data), "--out",
         str(tmp_path / "run"), *SETTINGS, "--workers", f"{here},{gone}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert f"waiting for {gone} to start (Ctrl-C stops) …\n" in process.stderr
        process.send_signal(how)
        rest = process.communicate(timeout=PATIENCE_SECONDS)[1]
    finally:
        process.kill()
    assert process.returncode == code
    assert rest == ("error: stopped\n" if how == signal.SIGINT else "")
    assert not (tmp_path / "run").exists()


def test_workers_that_do_not_answer_in_time_are_named() -> None:
    here, gone, there = (f"127.0.0.1:{port}" for port in _free_ports(3))
    with (
        socket.create_server(("127.0.0.1", int(there.rpartition(":")[2]))),
        pytest.raises(UserError, match=rf"within 0 seconds, no answer from {gone}: start them"),
    ):
        wait_for_all(here, [gone, there], patience_seconds=0)


def test_workers_go_on_when_all_have_answered() -> None:
    here, there = (f"127.0.0.1:{port}" for port in _free_ports(2))
    with socket.create_server(("127.0.0.1", int(there.rpartition(":")[2]))):
        wait_for_all(here, [there])
        with pytest.raises(UserError, match=rf"^expected a free port .* received {there}: "):
            wait_for_all(there, [here])
    # The first answers at its port still, as it does when TensorFlow is there.
    with socket.create_server(("127.0.0.1", int(here.rpartition(":")[2]))):
        wait_for_all(there, [here])


@pytest.mark.parametrize(
    ("workers", "worker", "message"),
    [
        (["here"], 0, r"^expected host:port for --workers, received: here$"),
        (["a:1", "b:70000"], 0, r"received: b:70000$"),
        (["a:1", "b:2"], 2, r"^expected --worker from 0 to 1, .* received: 2$"),
    ],
)
def test_a_wrong_list_of_workers_is_named(workers: list[str], worker: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        training_strategy(workers, worker)
