"""Two real `plant-train fit` on one run folder: one trains, the other is refused."""

from __future__ import annotations

import errno
import fcntl
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]

MORE_EPOCHS_THAN_A_TEST_WAITS_FOR = "90000"


@contextmanager
def _training(arguments: tuple[object, ...]) -> Iterator[None]:
    """A training under way: it has come to its first epoch, sleeps, and ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plant_train", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("epoch 1/"):
                break
        else:
            pytest.fail("".join(said))
        # As alive as one that works, without taking the others' time.
        process.send_signal(signal.SIGSTOP)
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="the same"),
        pytest.param(("--overwrite",), id="overwriting", marks=pytest.mark.slow),
    ],
)
def test_a_second_training_in_the_same_run_is_refused(
    tmp_path: Path, sample_data: Path, warm_train: Command, more: tuple[str, ...]
) -> None:
    run = tmp_path / "run"
    command = (
        *("fit", sample_data, "--out", run, "--arch", "lenet5", "--recipe", "laptop"),
        *("--precision", "float32", "--epochs", MORE_EPOCHS_THAN_A_TEST_WAITS_FOR),
    )
    with _training(command):
        second = warm_train(*command, *more)
        assert second.returncode == 2
        last = second.stderr.splitlines()[-1]
        assert last == f"error: another process trains in {run}: wait for it, or stop it"
        # Who only reads is not kept waiting.
        assert "is not finished" in warm_train("evaluate", run, sample_data / "test").stderr
    # The lock ended with its process.
    with Run(run).alone():
        assert Run(run).read_record().result is None


def test_a_folder_that_the_lock_made_goes_again_if_nothing_came_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "first"
    with Run(folder).alone():
        assert folder.is_dir()
    assert not list(tmp_path.iterdir())
    with Run(folder).alone():
        (folder / "run.json").touch()
    assert (folder / "run.json").exists()


def test_who_is_refused_takes_no_folder_from_the_one_who_trains(tmp_path: Path) -> None:
    with Run(tmp_path / "run").alone():
        with (
            pytest.raises(UserError, match="another process trains in"),
            Run(tmp_path / "run").alone(),
        ):
            pass
        assert (tmp_path / "run").is_dir()


def test_where_folders_cannot_be_locked_one_is_told_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def as_on_nfs(descriptor: int, operation: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", as_on_nfs)
    with Run(tmp_path / "run").alone():
        assert (tmp_path / "run").is_dir()
    told = f"{tmp_path / 'run'} cannot be locked here: see that no other process trains in it\n"
    assert capsys.readouterr().err == told
