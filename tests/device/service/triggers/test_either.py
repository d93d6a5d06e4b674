import numpy as np

from plant_device.camera.frame import Frame
from plant_device.service.triggers.button import Button
from plant_device.service.triggers.either import Either
from plant_device.service.triggers.every import Every

FRAME = Frame(0, "test", np.zeros((4, 4, 3), np.uint8), 1.0)


def test_each_of_two_begins_a_look_and_both_hear_of_every_frame() -> None:
    button = Button()
    either = Either(Every(3.0), button)
    assert either.fires(FRAME)
    button.press()
    assert [either.fires(FRAME) for _ in range(3)] == [True, False, True]
    button.press()
    either.meanwhile(FRAME)
    assert [either.fires(FRAME) for _ in range(2)] == [False, True]
