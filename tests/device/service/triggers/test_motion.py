import numpy as np

from plant_device.camera.frame import Frame
from plant_device.service.triggers.motion import Motion

GROUND = np.random.default_rng(1).integers(60, 120, (120, 160, 3), dtype=np.uint8)


def _frame(visitor_at: int | None = None, duration: float = 0.1) -> Frame:
    picture = GROUND.copy()
    if visitor_at is not None:
        picture[40:80, visitor_at : visitor_at + 40] = (30, 220, 30)
    return Frame(0, "test", picture, duration)


def test_a_scene_at_rest_is_not_looked_at() -> None:
    motion = Motion()
    assert not any(motion.fires(_frame()) for _ in range(50))


def test_what_comes_into_the_picture_is_looked_at_once_in_a_while() -> None:
    motion = Motion(rest=2.0)
    for _ in range(5):
        motion.fires(_frame())
    fired = [motion.fires(_frame(visitor_at=2 * step)) for step in range(50)]
    assert fired[0]
    assert sum(fired) == 3
    assert [second - first for first, second in zip(*_pairs(fired), strict=True)] == [20, 20]


def _pairs(fired: list[bool]) -> tuple[list[int], list[int]]:
    at = [step for step, fires in enumerate(fired) if fires]
    return at[:-1], at[1:]


def test_what_stays_becomes_background() -> None:
    motion = Motion(rest=0.0)
    motion.fires(_frame())
    assert motion.fires(_frame(visitor_at=40))
    fired = [motion.fires(_frame(visitor_at=40)) for _ in range(100)]
    assert fired[0]
    assert not any(fired[60:])
    assert motion.fires(_frame())


def test_frames_of_a_look_belong_to_what_was_seen() -> None:
    motion = Motion(rest=0.0)
    motion.fires(_frame())
    for _ in range(100):
        motion.meanwhile(_frame(visitor_at=40))
    assert not motion.fires(_frame(visitor_at=40))


def test_a_change_of_the_frames_size_is_no_motion() -> None:
    motion = Motion()
    motion.fires(Frame(0, "test", np.full((480, 640, 3), 99, np.uint8), 0.1))
    assert not motion.fires(Frame(1, "test", np.full((240, 320, 3), 99, np.uint8), 0.1))
