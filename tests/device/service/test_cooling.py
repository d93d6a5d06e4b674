import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from plant_device.board.heat import HeatLimits
from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Decision, Prediction
from plant_device.classify.smoothing import Smoothed
from plant_device.service import cooling
from plant_device.service.cooling import Cooling
from plant_device.service.loop import Observation

SEEN = Observation(
    Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 0.1),
    Classified(Prediction((), 0.0), Decision("unsure", "blurred", ""), 1.0),
    Smoothed(),
    concluded=False,
)


class Clock:
    """A clock that stands until somebody waits or works."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(
        cooling, "time", type("time", (), {"monotonic": lambda: clock.now, "sleep": clock.wait})
    )
    yield clock
    assert time.monotonic() != clock.now


def _work(cool: Cooling, clock: Clock, frames: int, seconds: float = 0.5) -> list[float]:
    """The pauses after so many frames, each of which takes so long."""
    clock.waited.clear()
    pauses = []
    for _ in range(frames):
        clock.now += seconds
        before = len(clock.waited)
        cool(SEEN)
        pauses.append(clock.waited[-1] if len(clock.waited) > before else 0.0)
    return pauses


def test_a_hot_board_works_at_half_and_at_a_quarter_and_comes_back(clock: Clock) -> None:
    celsius = [60.0]
    told: list[tuple[str, str]] = []
    limits = HeatLimits(highest=70, margin=5, seconds=10, steps=2)
    cool = Cooling(limits, lambda *event: told.append(event), lambda: celsius[0])
    assert set(_work(cool, clock, 40)) == {0.0}
    celsius[0] = 80.0
    pauses = _work(cool, clock, 60)
    # As long as the frame took, then three times as long: a half and a quarter of the rate.
    assert sorted(set(pauses)) == pytest.approx([0.0, 0.5, 1.5])
    assert pauses[-1] == pytest.approx(1.5)
    celsius[0] = 60.0
    assert _work(cool, clock, 60)[-1] == 0.0
    assert [words.split(", ")[1] for _, words in told] == [
        "1/2 of the rate",
        "1/4 of the rate",
        "1/2 of the rate",
        "full rate",
    ]
    assert {kind for kind, _ in told} == {"heat"}


def test_of_a_camera_that_is_waited_for_the_rate_is_halved_too(clock: Clock) -> None:
    """30 frames a second, each classified in 2 ms: after a pause the next is there already."""
    celsius = [60.0]
    cool = Cooling(HeatLimits(70, 5, 10, steps=3), lambda *_: None, lambda: celsius[0])
    ready = clock.now
    for _ in range(60):
        ready += 1 / 30
        clock.now = ready + 0.002
        cool(SEEN)
    celsius[0] = 80.0
    begun: list[float] = []
    for _ in range(1000):
        # The newest frame is taken: of several none is waited for.
        ready = max(ready + 1 / 30, clock.now // (1 / 30) / 30)
        clock.now = max(clock.now, ready)
        begun.append(clock.now)
        clock.now += 0.002
        cool(SEEN)
    last = [after - before for before, after in pairwise(begun)][-20:]
    assert sum(last) / len(last) == pytest.approx(8 / 30, rel=0.1)


def test_a_board_without_sensors_works_at_full_rate(clock: Clock) -> None:
    told: list[str] = []
    cool = Cooling(HeatLimits(seconds=0), lambda _, words: told.append(words), lambda: None)
    assert set(_work(cool, clock, 40)) == {0.0}
    assert told == []


def test_a_camera_that_was_away_is_not_waited_for_again(clock: Clock) -> None:
    cool = Cooling(HeatLimits(highest=10, seconds=0), lambda *_: None, lambda: 80.0)
    assert max(_work(cool, clock, 20, seconds=600.0)) == pytest.approx(5.0)
