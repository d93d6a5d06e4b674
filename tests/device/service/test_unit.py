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


def test_a_line_that_it_does_not_understand_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("[Install]", "ProtectEverything=yes\n[Install]"))
    assert "ProtectEverything" in _analysed("verify", "--man=no", unit).stderr


def test_what_could_do_harm_is_taken_from_it(unit: Path) -> None:
    ran = _analysed("security", "--offline=true", "--threshold=20", unit)
    if "offline" in ran.stderr:
        pytest.skip("this systemd judges only what runs")
    # 0 is a service that can do nothing, 100 one that can do all; it exits 1 above the threshold.
    assert ran.returncode == 0, ran.stdout
