import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plant_device.camera.frame import Frame
from plant_device.service.triggers.every import Every

PICTURE = np.zeros((4, 4, 3), np.uint8)


def _frame(duration: float) -> Frame:
    return Frame(0, "test", PICTURE, duration)


def test_it_fires_at_once_and_then_after_each_interval() -> None:
    every = Every(1.0)
    assert [every.fires(_frame(0.25)) for _ in range(9)] == [
        True,
        *[False] * 3,
        True,
        *[False] * 3,
        True,
    ]


def test_what_a_look_takes_is_a_part_of_the_interval() -> None:
    every = Every(1.0)
    assert every.fires(_frame(0.25))
    for _ in range(3):
        every.meanwhile(_frame(0.25))
    assert every.fires(_frame(0.25))


def test_after_a_long_look_or_a_gap_it_fires_once() -> None:
    every = Every(1.0)
    assert every.fires(_frame(0.0))
    every.meanwhile(_frame(10.0))
    assert every.fires(_frame(0.1))
    assert not every.fires(_frame(0.1))


def test_each_picture_of_a_folder_is_looked_at() -> None:
    every = Every(60.0)
    assert all(every.fires(_frame(math.inf)) for _ in range(3))


@given(st.lists(st.floats(0, 3), max_size=50), st.floats(0.5, 5))
def test_between_two_fires_lies_an_interval_at_least(
    durations: list[float], interval: float
) -> None:
    every, since = Every(interval), math.inf
    for duration in durations:
        since += duration
        if every.fires(_frame(duration)):
            assert since >= interval * (1 - 1e-9)
            since = 0.0
