import numpy as np

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Decision, Prediction
from plant_device.classify.smoothing import Answer, Smoothed
from plant_device.classify.vote import Verdict, vote
from plant_device.contract.classes import leaf_class
from plant_device.service.inspection import Inspection
from plant_device.service.loop import Observation

BLIGHT = Answer("disease", leaf_class("Tomato___Late_blight"))
HEALTHY = Answer("healthy", leaf_class("Tomato___healthy"))
NOTHING = Answer("not_leaf")
FRAME = Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 0.1)
SEEN = Classified(Prediction((), 0.0), Decision("unsure", "blurred", ""), 1.0)


def _seen(answer: Answer | None, *, concluded: bool = True) -> Observation:
    return Observation(FRAME, SEEN, Smoothed((), answer), concluded)


def test_leaves_are_counted_what_is_none_is_not_and_it_begins_anew() -> None:
    leaves: list[tuple[int, int, Answer | None]] = []
    verdicts: list[Verdict] = []
    inspection = Inspection(3, lambda *leaf: leaves.append(leaf), [verdicts.append])
    for answer in (BLIGHT, NOTHING, None, HEALTHY, BLIGHT):
        inspection(_seen(answer, concluded=False))
        inspection(_seen(answer))
    assert leaves == [(1, 3, BLIGHT), (2, 3, None), (3, 3, HEALTHY), (1, 3, BLIGHT)]
    assert verdicts == [vote([BLIGHT, None, HEALTHY])]
