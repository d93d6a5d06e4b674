import numpy as np

from plant_device.camera.frame import Frame
from plant_device.service.triggers.button import Button

FRAME = Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 0.1)


def test_a_press_is_one_look() -> None:
    button = Button()
    assert not button.fires(FRAME)
    button.press()
    button.press()
    assert button.fires(FRAME)
    assert not button.fires(FRAME)


def test_a_press_during_a_look_is_for_that_look() -> None:
    button = Button()
    button.press()
    assert button.fires(FRAME)
    button.press()
    button.meanwhile(FRAME)
    assert not button.fires(FRAME)
