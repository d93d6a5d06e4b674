"""What a command says is done outlasts the power: its last new name is on the disk by then."""

import re
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from kept import LINE

from plant_device.store.clock import Moment
from plant_device.store.store import Store

_CALLS = "rename,renameat,renameat2,fsync"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A store of one record, and of nothing that is unfinished."""
    moment = Moment(datetime(2026, 6, 1, tzinfo=timezone.utc), 10.0, "boot", certain=True)
    with Store(tmp_path / "records") as store:
        store.keep(np.full((48, 64, 3), 90, np.uint8), LINE, "a" * 64, moment)
    return tmp_path / "records"


@pytest.mark.parametrize(
    "command",
    [
        "records export {records} --out {out}/leaves.zip",
        "records export {records} --out {out}/leaves.csv",
        "records export {records} --out {out}/leaves.geojson",
        "model install {model} --models {out}",
        "config init {out}/plant-edge.toml",
    ],
    ids=["zip", "csv", "geojson", "model", "settings"],
)
def test_the_folder_of_the_last_new_name_is_synced_after_it(
    device_command: list[str], model_path: Path, records: Path, tmp_path: Path, command: str
) -> None:
    """A cut soon after the word cost a whole zip, whose rename was not on the disk yet."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log, out = tmp_path / "calls", tmp_path / "out"
    words = command.format(records=records, out=out, model=model_path).split()
    strace = ("strace", "--follow-forks", "--decode-fds=path", f"--trace={_CALLS}")
    ran = subprocess.run(
        [*strace, "--output", log, *device_command, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in ran.stderr:
        pytest.skip("processes cannot be traced here")
    assert ran.returncode == 0, ran.stderr
    calls = log.read_text().splitlines()
    renamed = max(number for number, call in enumerate(calls) if " rename" in call)
    new_name = re.findall('"([^"]*)"', calls[renamed])[-1]
    assert any(f"<{Path(new_name).parent}>" in call for call in calls[renamed:])
