import os
import subprocess
import sys
from pathlib import Path

import pytest

from plant_device.contract.native_stderr import native_stderr_aside


def test_only_what_is_written_inside_is_kept_aside(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with native_stderr_aside():
        os.write(2, b"inside ")
        print("inside", file=sys.__stderr__, flush=True)
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_stderr_is_back_after_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with native_stderr_aside():
            os.write(2, b"unseen")
            raise ValueError("seen")

    with pytest.raises(ValueError, match="seen"):
        fail()
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_what_a_child_process_writes_is_kept_aside_too(capfd: pytest.CaptureFixture[str]) -> None:
    with native_stderr_aside():
        subprocess.run(["/bin/sh", "-c", "echo noise >&2"], check=True)
    assert capfd.readouterr().err == ""


def test_no_file_descriptor_stays_open() -> None:
    def open_descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_descriptors()
    for _ in range(20):
        with native_stderr_aside():
            pass
    assert open_descriptors() == before
