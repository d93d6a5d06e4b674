from collections.abc import Callable, Iterator

import numpy as np

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classifier
from plant_device.classify.smoothing import Smoothing
from plant_device.classify.vote import Verdict
from plant_device.service.current_mode import CurrentMode
from plant_device.service.loop import Observation, run_loop
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.button import Button


class Leaf:
    """One leaf before a camera of ten frames a second; something happens at given frames."""

    live = False

    def __init__(self, frames: int, happens: dict[int, Callable[[], None]]) -> None:
        self._frames = frames
        self._happens = happens

    def frames(self) -> Iterator[Frame]:
        picture = np.full((40, 50, 3), (30, 140, 60), np.uint8)
        for index in range(self._frames):
            self._happens.get(index, lambda: None)()
            yield Frame(index, "test", picture, 0.1)


def _mode(decision: DecisionSettings, asked: Button, verdicts: list[Verdict]) -> CurrentMode:
    return CurrentMode(decision, asked, lambda *leaf: None, [verdicts.append])


def _concluded(mode: CurrentMode, classifier: Classifier, source: Leaf) -> list[int]:
    concluded: list[int] = []

    def note(seen: Observation) -> None:
        if seen.concluded:
            concluded.append(seen.frame.index)

    run_loop(source, classifier, [note, mode], None, Smoothing(), mode)
    return concluded


def test_an_answer_that_is_asked_for_is_given_in_a_mode_that_had_none(
    classifier: Classifier,
) -> None:
    asked = Button()
    mode = _mode(DecisionSettings(mode="continuous"), asked, [])
    first, *others = _concluded(mode, classifier, Leaf(40, {30: asked.press}))
    assert first < 20
    assert others == [30]


def test_a_button_begins_a_look_in_modes_that_begin_them_by_themselves(
    classifier: Classifier,
) -> None:
    asked = Button()
    mode = _mode(DecisionSettings(mode="interval", every=3600.0), asked, [])
    first, second = _concluded(mode, classifier, Leaf(60, {40: asked.press}))
    assert first < 20
    assert second > 40


def test_another_mode_takes_over_in_the_middle_of_a_look(classifier: Classifier) -> None:
    asked = Button()
    verdicts: list[Verdict] = []
    mode = _mode(DecisionSettings(mode="continuous"), asked, verdicts)
    one_leaf = DecisionSettings(mode="inspect", leaves=1, button="page")
    happens = {30: lambda: mode.change(one_leaf), 40: asked.press}
    concluded = _concluded(mode, classifier, Leaf(60, happens))
    assert [index > 40 for index in concluded] == [False, True]
    assert [verdict.leaves for verdict in verdicts] == [1]
    assert mode.decision == one_leaf
