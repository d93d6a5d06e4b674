"""The service's unit, as systemd itself reads it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[3] / "device" / "systemd" / "plant-edge.service"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    path = tmp_path / UNIT.name
    path.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", UNIT.read_text(), flags=re.M))
    return path


def _analysed(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_understands_every_line(unit: Path) -> None:
    ran = _analysed("verify", "--man=no", unit)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_lines_of_frames_go_nowhere_and_what_it_says_to_the_journal() -> None:
    """Unset, standard error is what standard output is: nothing of a camera was in the journal."""
    settings = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    assert (settings["StandardOutput"], settings["StandardError"]) == ("null", "journal")


def test_a_line_that_it_does_not_understand_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("[Install]", "ProtectEverything=yes\n[Install]"))
    assert "ProtectEverything" in _analysed("verify", "--man=no", unit).stderr


def test_every_system_call_of_a_run_is_allowed(
    device_command: list[str], model_path: Path, tmp_path: Path
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    counts = tmp_path / "counts"
    traced = ["strace", "--follow-forks", "--summary-only", "--output", str(counts)]
    options = [
        "--source",
        "synthetic:live,die@5",
        "--frames",
        "12",
        "--store",
        str(tmp_path / "store"),
    ]
    ran = subprocess.run(
        [*traced, *device_command, "run", "--model", str(model_path), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in ran.stderr:
        pytest.skip("processes cannot be traced here")
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in counts.read_text().splitlines()]
    used = {row[-1] for row in rows if row and re.fullmatch(r"[0-9.]+", row[0])} - {"total"}
    assert {"openat", "clock_adjtime"} <= used
    assert used <= _allowed(UNIT.read_text())


def _allowed(unit: str) -> set[str]:
    """The calls that a unit's filter names, by their sets' contents."""
    asked = [
        name for line in re.findall("^SystemCallFilter=(.*)", unit, re.M) for name in line.split()
    ]
    allowed: set[str] = set()
    while asked:
        name = asked.pop()
        if not name.startswith("@"):
            allowed.add(name)
            continue
        told = _analysed("syscall-filter", name).stdout.splitlines()[1:]
        asked += [
            line.strip() for line in told if line.strip() and not line.strip().startswith("#")
        ]
    return allowed


def test_what_could_do_harm_is_taken_from_it(unit: Path) -> None:
    ran = _analysed("security", "--offline=true", "--threshold=25", unit)
    if "offline" in ran.stderr:
        pytest.skip("this systemd judges only what runs")
    # 0 is a service that can do nothing, 100 one that can do all; it exits 1 above the threshold.
    assert ran.returncode == 0, ran.stdout
