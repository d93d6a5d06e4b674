from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

LOADING = """
import signal
print("loading", flush=True)
signal.pause()
"""
LOADED = """
import signal
def main():
    print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return tmp_path / "program.py"


def _started(program: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from plant_device.contract.entry import start; start('program')"],
        cwd=program.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_ctrl_c_while_libraries_load_ends_without_a_traceback(program: Path) -> None:
    program.write_text(LOADING)
    with _started(program) as process:
        assert process.stdout
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert told == ""


def test_the_program_itself_gets_keyboard_interrupts(program: Path) -> None:
    program.write_text(LOADED)
    with _started(program) as process:
        printed, told = process.communicate(timeout=30)
    assert (process.returncode, printed, told) == (0, "True\n", "")
