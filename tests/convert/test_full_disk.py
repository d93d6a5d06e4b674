"""On a disk that is full, what was there stays, nothing half is left, and one line tells it."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import WRONG_INPUT
from plant_train.run import Run

OnFullDisk = Callable[..., "subprocess.CompletedProcess[str]"]

LENIENT = ("--min-agreement", "0", "--max-drop", "100")
# In a mount namespace: the disk is there for this command alone, and gone with it.
SCRIPT = """
set -e
disk=$1 size=$2; shift 2
mount -t tmpfs -o size="$size" full "$disk"
printf former > "$disk/former.tflite"
code=0; "$@" || code=$?
test "$(cat "$disk/former.tflite")" = former
test "$(ls -A "$disk")" = former.tflite
exit "$code"
"""
MOUNTS = ["unshare", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where the small disk is put."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def on_full_disk(disk: Path) -> OnFullDisk:
    """Run the real `plant-convert` with a disk of so many kB, which must hold but the former file.

    Skips where the system does not let one mount.
    """
    try:
        possible = subprocess.run([*MOUNTS, disk, "8k", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if possible.returncode:
        pytest.skip(f"this system does not let tests mount a disk: {possible.stderr.decode()}")

    def run(
        size: str, *arguments: object, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "plant_convert", *map(str, arguments)]
        return subprocess.run(
            [*MOUNTS, str(disk), size, *program],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(env or {})},
        )

    return run


def _check(process: subprocess.CompletedProcess[str], named: Path | str) -> None:
    *_, last = process.stderr.splitlines()
    said = rf"error: No space left on device for [0-9,]+ bytes: {re.escape(str(named))}"
    assert re.match(said, last), process.stderr
    assert process.returncode == WRONG_INPUT
    assert process.stderr.count("error: ") == 1
    assert process.stdout == ""


def test_a_model_file_without_room(on_full_disk: OnFullDisk, disk: Path, lenet_run: Path) -> None:
    out = disk / "former.tflite"
    # More than the weights alone, less than all.
    process = on_full_disk("100k", "build", lenet_run, "-o", out, "--overwrite", *LENIENT)
    _check(process, out)


def test_too_small_a_disk_is_told_before_the_work_with_the_room_that_is_needed(
    on_full_disk: OnFullDisk, disk: Path, lenet_run: Path, tmp_path: Path
) -> None:
    weights = Run(lenet_run).load_model().count_params()
    for size, out, env, needed, found in (
        ("40k", disk / "new" / "former.tflite", {}, weights, f"{disk} for former.tflite"),
        ("40k", tmp_path / "out.tflite", {"TMPDIR": str(disk)}, 4 * weights, "for temporary files"),
    ):
        process = on_full_disk(size, "build", lenet_run, "-o", out, *LENIENT, env=env)
        assert process.returncode == WRONG_INPUT, process.stderr
        *before, last = process.stderr.splitlines()
        assert last.startswith(f"error: expected {math.ceil(needed / 1e6)} MB free in {disk}")
        assert found in last
        assert "training pictures join" not in "".join(before)
        assert not out.exists()


def test_an_export_without_room(
    on_full_disk: OnFullDisk, disk: Path, lenet_model_file: Path
) -> None:
    out = disk / "former.tflite"
    _check(on_full_disk("8k", "export", lenet_model_file, "-o", out, "--overwrite"), out)


def test_a_drawing_without_room(
    on_full_disk: OnFullDisk, disk: Path, lenet_model_file: Path
) -> None:
    out = disk / "graph.html"
    _check(on_full_disk("8k", "inspect", lenet_model_file, "--graph", out), out)


def test_predictions_without_room(
    on_full_disk: OnFullDisk, disk: Path, lenet_model_file: Path, sample_data: Path
) -> None:
    out = disk / "lines.jsonl"
    process = on_full_disk("8k", "verify", lenet_model_file, sample_data, "--predictions", out)
    _check(process, out)


@pytest.mark.slow
def test_disagreements_without_room(
    on_full_disk: OnFullDisk, disk: Path, lenet_model_file: Path, lenet_run: Path, sample_data: Path
) -> None:
    out = disk / "page.html"
    process = on_full_disk(
        "8k", "verify", lenet_model_file, sample_data, "--run", lenet_run, "--disagreements", out
    )
    _check(process, out)


@pytest.mark.slow
def test_temporary_files_without_room(
    on_full_disk: OnFullDisk, disk: Path, lenet_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.tflite"
    # Room for the weights, which is what is asked for, and not for the graph.
    process = on_full_disk("256k", "build", lenet_run, "-o", out, env={"TMPDIR": str(disk)})
    _check(process, disk)
    assert not out.exists()
