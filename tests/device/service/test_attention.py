import math

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.smoothing import Answer, Smoothed
from plant_device.service.attention import Continuous, Look, Looks
from plant_device.service.triggers.button import Button

HEALTHY = Answer("healthy")
UNSURE = Answer("unsure")
FRAME = Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 0.1)


class Told:
    """A trigger that fires when it is told to, and counts what it hears."""

    def __init__(self, *fires: bool) -> None:
        self._fires = list(fires)
        self.heard = 0

    def fires(self, frame: Frame) -> bool:
        return self._fires.pop(0)

    def meanwhile(self, frame: Frame) -> None:
        self.heard += 1


def _look(shown: Answer | None, before: Answer | None, seconds: float = 1.0) -> Look:
    return Look(Smoothed((), shown), before, seconds)


@pytest.mark.parametrize(
    ("look", "counts"),
    [
        (_look(HEALTHY, None), True),
        (_look(HEALTHY, UNSURE), True),
        (_look(HEALTHY, HEALTHY), False),
        (_look(None, HEALTHY), False),
        (_look(None, None), False),
        (_look(HEALTHY, HEALTHY, math.inf), True),
    ],
    ids=["first", "another", "the same", "gone", "none", "another picture"],
)
def test_continuous_counts_what_comes_to_be_shown_and_never_rests(look: Look, counts: bool) -> None:
    continuous = Continuous(Button())
    assert continuous.begins(FRAME)
    assert continuous.concluded(look) is counts
    assert not continuous.over(look)


@pytest.mark.parametrize(
    ("look", "over"),
    [
        (_look(HEALTHY, None), True),
        (_look(None, None, 4.9), False),
        (_look(None, None, 5.0), True),
        (_look(None, None, math.inf), True),
    ],
    ids=["answer", "not yet", "patience ends", "picture by itself"],
)
def test_a_look_is_over_with_its_answer_or_its_patience(look: Look, over: bool) -> None:
    looks = Looks(Told(), patience=5.0)
    assert looks.concluded(look) is over
    assert looks.over(look) is over


def test_looks_begin_when_their_trigger_fires_and_it_hears_of_the_other_frames() -> None:
    trigger = Told(False, True)
    looks = Looks(trigger, patience=5.0)
    assert [looks.begins(FRAME), looks.begins(FRAME)] == [False, True]
    looks.goes_on(FRAME)
    assert trigger.heard == 1
