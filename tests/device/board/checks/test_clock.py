from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from plant_device.board.checks.clock import check, clock
from plant_device.board.finding import Asked

INSTALLED = datetime(2026, 5, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("days", "synchronised", "kept", "level"),
    [
        (30, True, False, "ok"),
        (30, False, True, "ok"),
        (30, False, False, "warning"),
        (-1, True, True, "failure"),
    ],
)
def test_a_clock_is_judged(days: int, synchronised: bool, kept: bool, level: str) -> None:
    now = INSTALLED + timedelta(days=days)
    finding = clock(now, INSTALLED, synchronised=synchronised, kept=kept)
    assert finding.level == level
    assert finding.what.startswith(f"{now:%Y-%m-%d}")
    assert ("date --set" in finding.to_do) == (level != "ok")


def test_systemds_word_and_a_clock_with_a_battery_are_found(tmp_path: Path) -> None:
    (tmp_path / "sys/class/rtc/rtc0").mkdir(parents=True)
    (kept,) = check(Asked(tmp_path))
    assert kept.level == "ok"
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    (synchronised,) = check(Asked(tmp_path))
    assert synchronised.what.endswith(" UTC, synchronised")
