import numpy as np

from plant_device.camera.frame import Frame
from plant_device.service.triggers.next_leaf import NextLeaf


def _leaf(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(20, 220, (6, 6, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((40, 40, 1), np.uint8)).astype(np.uint8)


def _frame(picture: np.ndarray) -> Frame:
    return Frame(0, "test", picture, 0.1)


FIRST, SECOND = _leaf(1), _leaf(2)


def test_the_first_leaf_is_looked_at_and_not_again() -> None:
    trigger = NextLeaf()
    assert trigger.fires(_frame(FIRST))
    for _ in range(3):
        trigger.meanwhile(_frame(FIRST))
    assert not any(trigger.fires(_frame(FIRST)) for _ in range(20))


def test_the_next_leaf_is_looked_at_once_it_is_held_still() -> None:
    trigger = NextLeaf()
    trigger.fires(_frame(FIRST))
    trigger.meanwhile(_frame(FIRST))
    # Moving in: each frame shows more of it.
    for row in (60, 120, 180):
        moving = FIRST.copy()
        moving[:row] = SECOND[:row]
        assert not trigger.fires(_frame(moving))
    assert not trigger.fires(_frame(SECOND))
    assert trigger.fires(_frame(SECOND))


def test_a_trembling_hand_is_not_another_leaf() -> None:
    trigger = NextLeaf()
    trigger.fires(_frame(FIRST))
    for shift in (2, -3, 5, -4, 0, 1):
        assert not trigger.fires(_frame(np.roll(FIRST, shift, axis=1)))


def test_a_leaf_that_is_turned_while_it_is_looked_at_is_the_one_that_was_looked_at() -> None:
    trigger = NextLeaf()
    trigger.fires(_frame(FIRST))
    trigger.meanwhile(_frame(SECOND))
    assert not trigger.fires(_frame(SECOND))
