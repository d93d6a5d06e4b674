from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Decision, Prediction
from plant_device.classify.smoothing import Smoothed
from plant_device.contract.errors import UserError
from plant_device.service.loop import Observation
from plant_device.service.photographs import Photographs
from plant_device.service.triggers.button import Button

FRAME = Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 0.1)
CLASSIFIED = Classified(Prediction((), 0.0), Decision("unsure", "blurred", ""), 1.0)


def _seen(*, concluded: bool) -> Observation:
    return Observation(FRAME, CLASSIFIED, Smoothed(), concluded)


def _press_seen(button: Button) -> None:
    while not button.fires(FRAME):
        pass


@pytest.mark.parametrize("waiting", [1, 3])
def test_the_next_answer_is_that_of_all_who_wait(waiting: int) -> None:
    button = Button()
    photographs = Photographs(button, lambda: 17, lambda: "running")
    with ThreadPoolExecutor(waiting) as pool:
        asked = [pool.submit(photographs.take, 30.0) for _ in range(waiting)]
        for _ in range(1000):
            photographs(_seen(concluded=False))
        assert not any(each.done() for each in asked)
        while not all(each.done() for each in asked):
            photographs(_seen(concluded=True))
        assert [each.result() for each in asked] == [17] * waiting


def test_it_is_asked_for_by_the_button_until_a_look_is_not_cut_off() -> None:
    button = Button()
    photographs = Photographs(button, lambda: 1, lambda: "running")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(photographs.take, 30.0)
        _press_seen(button)
        photographs(_seen(concluded=False))
        assert button.fires(FRAME)
        photographs(_seen(concluded=True))
        assert asked.result(5) == 1
        photographs(_seen(concluded=False))
        assert not button.fires(FRAME)


def test_a_camera_that_gives_none_and_a_disk_that_takes_none_are_told() -> None:
    photographs = Photographs(Button(), lambda: None, lambda: "camera stalled (no frame for 2 s)")
    with pytest.raises(UserError, match=r"within 0\.01 s, received none: camera stalled"):
        photographs.take(0.01)
    photographs(_seen(concluded=True))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(photographs.take, 30.0)
        while not asked.done():
            photographs(_seen(concluded=True))
        with pytest.raises(UserError, match="could not be kept"):
            asked.result()
