from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.board.heat import Heat, HeatLimits, after_measure, heat_in_words, hottest

LIMITS = HeatLimits(highest=70, margin=5, seconds=10, steps=3)


def _after(heat: Heat, celsius: float | None, seconds: float, start: float = 0.0) -> Heat:
    """So many seconds at one temperature, measured each second, the start and the end included."""
    for second in range(int(seconds) + 1):
        heat = after_measure(heat, celsius, start + second, LIMITS)
    return heat


def _zone(root: Path, number: int, content: str) -> Path:
    sensor = root / f"sys/class/thermal/thermal_zone{number}/temp"
    sensor.parent.mkdir(parents=True)
    sensor.write_text(content)
    return sensor


# Sensors


def test_the_hottest_zone_counts(tmp_path: Path) -> None:
    for number, content in enumerate(("48686\n", "61250\n", "-1500\n")):
        _zone(tmp_path, number, content)
    assert hottest(tmp_path) == 61.25


def test_what_tells_nonsense_or_nothing_is_passed_over(tmp_path: Path) -> None:
    for number, content in enumerate(("-256000\n", "", "2147483647\n", "hot\n", "40000\n")):
        _zone(tmp_path, number, content)
    # As a Jetson's zone of a part that is switched off: reading it fails.
    _zone(tmp_path, 9, "").unlink()
    (tmp_path / "sys/class/thermal/thermal_zone9/temp").mkdir()
    assert hottest(tmp_path) == 40


def test_without_a_sensor_there_is_no_temperature(tmp_path: Path) -> None:
    assert hottest(tmp_path) is None


# The rate


def test_a_cool_board_works_at_the_full_rate() -> None:
    heat = _after(Heat(), 50, 100)
    assert (heat.step, heat.share, heat.pause(2.0, 2.0)) == (0, 1, 0)


def test_the_rate_falls_by_a_half_for_each_time_that_it_stays_too_hot() -> None:
    shares = [_after(Heat(), 71, seconds).share for seconds in (9, 10, 19, 20, 30, 40, 1000)]
    assert shares == [1, 1 / 2, 1 / 2, 1 / 4, 1 / 8, 1 / 8, 1 / 8]


def test_a_short_heat_changes_nothing() -> None:
    heat = _after(Heat(), 71, 9)
    heat = after_measure(heat, 69, 10, LIMITS)
    assert _after(heat, 71, 9, start=11).step == 0


def test_between_the_limits_it_stays_as_it_is() -> None:
    halved = _after(Heat(), 71, 10)
    assert [_after(halved, celsius, 1000, start=11).step for celsius in (70, 68, 65)] == [1, 1, 1]


def test_it_comes_back_step_by_step() -> None:
    quarter = _after(Heat(), 71, 20)
    shares = [_after(quarter, 64, seconds, start=21).share for seconds in (9, 10, 20, 100)]
    assert shares == [1 / 4, 1 / 2, 1, 1]


def test_without_a_measure_it_comes_back() -> None:
    heat = _after(_after(Heat(), 71, 20), None, 20, start=21)
    assert (heat.step, heat.celsius) == (0, None)


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_pause_makes_the_rate_its_share(step: int) -> None:
    heat = Heat(celsius=80, step=step)
    for took in (0.25, 0.01):
        assert 0.25 / (took + heat.pause(took, full=0.25)) == heat.share == 1 / 2**step


def test_a_model_that_is_slower_than_the_one_before_is_slowed_too() -> None:
    assert Heat(celsius=80, step=2).pause(took=1.0, full=0.25) == 3.0


@given(st.lists(st.one_of(st.none(), st.floats(-40, 120)), max_size=60))
def test_whatever_is_measured_a_step_is_one_step_and_within_the_limits(
    measures: list[float | None],
) -> None:
    heat = Heat()
    for second, celsius in enumerate(measures):
        before, heat = heat, after_measure(heat, celsius, 5.0 * second, LIMITS)
        assert 0 <= heat.step <= LIMITS.steps
        assert abs(heat.step - before.step) <= 1
        assert heat.celsius == celsius
        if heat.step > before.step:
            assert celsius is not None
            assert celsius > LIMITS.highest


def test_in_words() -> None:
    assert heat_in_words(Heat(81.2, 2)) == "81 °C, 1/4 of the rate"
    assert heat_in_words(Heat(40.0)) == "40 °C, full rate"
    assert heat_in_words(Heat()) == "temperature unknown, full rate"
