"""Whatever ends the process that does the work, the command says so and cleans up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROGRAM = """
import ctypes, os, signal, sys, tempfile
from pathlib import Path
from plant_convert.own_process import continue_in_own_process
from plant_device.contract.atomic import atomic_path
from plant_device.contract.command_line import new_command_group, run_command_line
from plant_device.contract.errors import UserError

group = new_command_group("For tests.")
OUT = Path("out.txt")

def stopped_at_once() -> None:
    while not list(Path().glob("*half*")):
        pass
    os.kill(os.getpid(), signal.SIGTERM)

@group.command()
def work(how: str) -> int:
    if how == "stopped at once":
        os.register_at_fork(after_in_parent=stopped_at_once)
    continue_in_own_process("be careful", OUT)
    Path(tempfile.mkdtemp(), "large").write_text("large")
    with atomic_path(OUT) as temporary:
        temporary.write_text("half")
        if how == "crash":
            ctypes.string_at(0)
        if how == "starve":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "refuse":
            raise UserError("no", exit_code=7)
        if how == "stopped at once":
            Path("half").touch()
            signal.pause()
        if how == "wait":
            print(os.environ["TMPDIR"], flush=True)
            signal.pause()
    print("done")
    return 3

@group.command()
def other() -> None: ...

run_command_line(group, "plant-test")
"""
Work = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """Start the program in a folder with an old `out.txt` and an empty `temporary`."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "out.txt").write_text("old")
    (tmp_path / "temporary").mkdir()
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "program.py", "work", how],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_signals,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _heed_signals() -> None:
    """Undo what a shell (SIGINT, of background jobs) or nohup (SIGHUP) has its children ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _scratch(waiting: subprocess.Popen[str]) -> Path:
    """Where the work that waits has its temporary files."""
    assert waiting.stdout is not None
    return Path(waiting.stdout.readline().strip())


def _left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


NOTHING_ELSE = ["out.txt", "program.py", "temporary"]


def test_work_that_ends_by_itself_has_its_own_exit_code_and_output(
    work: Work, tmp_path: Path
) -> None:
    process = work("well")
    assert process.communicate() == ("done\n", "")
    assert process.returncode == 3
    assert (tmp_path / "out.txt").read_text() == "half"
    assert _left(tmp_path) == NOTHING_ELSE


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ("crash", 1, r"crashed (SIGSEGV), and nothing is written: be careful"),
        ("starve", 2, "was killed (SIGKILL), as Linux does when memory runs out"),
        ("refuse", 7, "error: no"),
    ],
)
def test_another_end_is_told_in_one_line_and_leaves_the_old_file_alone(
    work: Work, tmp_path: Path, how: str, code: int, sentence: str
) -> None:
    process = work(how)
    out, errors = process.communicate()
    assert (process.returncode, out, errors.count("\n")) == (code, "", 1)
    assert sentence in errors
    assert (tmp_path / "out.txt").read_text() == "old"
    assert _left(tmp_path) == NOTHING_ELSE


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_command_ends_the_work_too(
    work: Work, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = work("wait")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(number)
    # To its end: the work has the same stdout.
    assert process.communicate() == ("", "error: stopped\n")
    assert process.returncode == code
    assert (tmp_path / "out.txt").read_text() == "old"
    assert _left(tmp_path) == NOTHING_ELSE


def test_a_signal_before_the_work_is_waited_for_ends_it_too(work: Work, tmp_path: Path) -> None:
    process = work("stopped at once")
    assert process.communicate(timeout=60) == ("", "error: stopped\n")
    assert process.returncode == 143
    assert _left(tmp_path) == sorted([*NOTHING_ELSE, "half"])


def test_the_work_does_not_outlive_a_command_that_is_killed(work: Work, tmp_path: Path) -> None:
    process = work("wait")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.kill()
    assert process.communicate() == ("", "")
    assert (tmp_path / "out.txt").read_text() == "old"


def test_what_a_killed_command_left_is_removed_by_the_next_one_and_nothing_else(
    work: Work, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    (temporary / "plant-convert-scratch-file").write_text("no folder")
    killed, working = work("wait"), work("wait")
    left, kept = _scratch(killed), _scratch(working)
    killed.kill()
    killed.communicate()
    assert {path.name for path in left.rglob("*") if path.is_file()} == {"large"}
    assert work("well").wait() == 3
    assert sorted(temporary.iterdir()) == sorted([kept, temporary / "plant-convert-scratch-file"])
    assert {path.name for path in kept.rglob("*") if path.is_file()} == {"large"}


def test_temporary_files_of_the_work_lie_in_a_folder_of_its_own(work: Work, tmp_path: Path) -> None:
    process = work("wait")
    scratch = _scratch(process)
    assert scratch.parent == tmp_path / "temporary"
    assert [path.name for path in scratch.rglob("*") if path.is_file()] == ["large"]
