from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.camera.states import CameraStatus
from plant_device.classify.classifier import Classified, Classifier
from plant_device.classify.smoothing import Answer, Smoothed, answer_of
from plant_device.contract.classes import leaf_class
from plant_device.contract.errors import UserError
from plant_device.service.inspection import Inspection
from plant_device.service.loop import Observation
from plant_device.service.now import Asked, Now

BLIGHT = Answer("disease", leaf_class("Tomato___Late_blight"))
FRAME = Frame(5, "camera", np.zeros((48, 64, 3), np.uint8), 0.1)


@dataclass
class Kept:
    newest: int | None = 8
    count: int = 3
    lost: int = 1


class Frames:
    def __init__(self, *frames: Frame) -> None:
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        yield from self._frames


def _now(inspection: Inspection | None = None, kept: Kept | None = None) -> Now:
    return Now(
        Asked(
            camera=lambda: CameraStatus("running", "", 0, 6, 2),
            mode=lambda: "inspect",
            inspection=lambda: inspection,
            model=lambda: "f" * 64,
            kept=kept,
        )
    )


def _seen(classified: Classified, answer: Answer | None) -> Observation:
    return Observation(
        FRAME, classified, Smoothed(((answer, 0.7),) if answer else (), answer), True
    )


def test_the_state_has_what_was_heard_of_and_what_is_asked(classifier: Classifier) -> None:
    inspection = Inspection(2, lambda *leaf: None, [])
    now = _now(inspection, Kept())
    [frame] = now.watched(Frames(FRAME)).frames()
    classified = classifier.classify(frame.picture)
    answer = answer_of(classified.prediction, classified.decision)
    for seen in (_seen(classified, BLIGHT), _seen(classified, BLIGHT), _seen(classified, None)):
        inspection(seen)
    now(_seen(classified, answer))
    now.event("heat", "too hot")
    state = now.state(-1, 0.0)
    assert (state.camera.state, state.camera.frames, state.camera.dropped) == ("running", 6, 2)
    assert state.size
    assert (state.size.width, state.size.height) == (64, 48)
    assert state.seen
    assert (state.seen.frame, state.seen.path) == (5, "camera")
    assert state.seen.label == classified.prediction.top[0][0].label
    assert state.inspection
    assert [leaf.decision for leaf in state.inspection.leaves] == ["unsure"]
    assert state.inspection.verdict
    assert state.inspection.verdict.label == "Tomato___Late_blight"
    assert (state.record, state.kept, state.lost) == (8, 3, 1)
    assert state.event
    assert state.event.words == "too hot"


def test_who_waits_for_another_version_hears_of_it_and_else_gets_the_same() -> None:
    now = _now()
    first = now.state(-1, 0.0)
    assert now.state(first.version, 0.01) == first
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(now.state, first.version, 30.0)
        now.changed()
        assert waiting.result(5).version == first.version + 1


def test_a_frame_is_handed_out_once_it_is_another_one() -> None:
    now = _now()
    assert now.frame(-1, 0.01) is None
    list(now.watched(Frames(FRAME)).frames())
    assert now.frame(-1, 0.0) is FRAME
    assert now.frame(FRAME.index, 0.01) is None


def test_nobody_is_kept_waiting_by_a_service_that_ends() -> None:
    now = _now()
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(now.state, now.state(-1, 0.0).version, 60.0)
        watching = pool.submit(now.frame, -1, 60.0)
        now.end()
        for one in (waiting, watching):
            with pytest.raises(UserError, match="the service ends"):
                one.result(30)
