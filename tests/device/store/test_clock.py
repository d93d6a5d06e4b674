import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from plant_device.store.clock import BoardClock, Moment, clock_is_synchronised, uptime

THEN = datetime(2031, 5, 6, 7, 8, 9, tzinfo=timezone.utc)


def test_time_since_the_start_is_the_kernels() -> None:
    told = float(Path("/proc/uptime").read_text().split()[0])
    assert told - 1 <= uptime() <= told + 60


def test_a_trusted_clock_is_certain_and_the_systems() -> None:
    before = datetime.now(timezone.utc)
    moment = BoardClock(trusted=True).now()
    assert moment.certain
    assert before <= moment.utc <= datetime.now(timezone.utc)
    assert moment.boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_what_was_heard_is_certain_and_runs_on() -> None:
    if clock_is_synchronised():
        pytest.skip("this machine's own clock goes before")
    clock = BoardClock()
    assert not clock.now().certain
    clock.heard(THEN)
    first, second = clock.now(), clock.now()
    assert first.certain
    assert timedelta(0) <= first.utc - THEN < timedelta(minutes=1)
    passed = (second.utc - first.utc).total_seconds()
    assert passed == pytest.approx(second.uptime - first.uptime, abs=1e-5)


@pytest.mark.parametrize("year", [1980, 2007, 2046, 9999])
def test_a_time_that_cannot_be_is_not_taken(year: int) -> None:
    clock = BoardClock()
    clock.heard(THEN.replace(year=year))
    assert clock.now().utc.year != year
    assert clock.now().certain == clock_is_synchronised()


def test_the_kernels_word_is_what_timedatectl_says() -> None:
    try:
        told = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no timedatectl that answers")
    assert clock_is_synchronised() == (told == "yes")


def test_another_moment_of_the_same_start_is_counted_back() -> None:
    moment = Moment(THEN, 500.0, "boot", certain=True)
    assert moment.utc_at(440.0) == THEN - timedelta(minutes=1)
