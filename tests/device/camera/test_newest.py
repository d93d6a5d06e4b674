import threading

import numpy as np

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.newest import NewestFrame
from plant_device.camera.packets import AtEnd, Failure


def _frame(index: int) -> Frame:
    return Frame(index, "test", np.full((2, 2, 3), index, np.uint8), duration=0.5)


def test_of_a_live_source_the_newest_is_taken_with_the_time_and_number_of_the_others() -> None:
    newest = NewestFrame(live=True)
    for index in range(4):
        newest.put(_frame(index))
    taken = newest.take()
    assert isinstance(taken, Frame)
    assert (taken.index, taken.dropped, taken.duration) == (3, 3, 2.0)
    newest.put(_frame(4))
    following = newest.take()
    assert isinstance(following, Frame)
    assert (following.index, following.dropped, following.duration) == (4, 0, 0.5)


def test_of_a_file_every_frame_is_taken_and_then_its_end() -> None:
    newest = NewestFrame(live=False)

    def read() -> None:
        for index in range(20):
            newest.put(_frame(index))
        newest.end(AtEnd())

    thread = threading.Thread(target=read)
    thread.start()
    taken = [newest.take() for _ in range(20)]
    thread.join()
    assert [frame.index for frame in taken if isinstance(frame, Frame)] == list(range(20))
    assert newest.take() == newest.take() == AtEnd()


def test_the_last_frame_comes_before_the_failure() -> None:
    newest = NewestFrame(live=True)
    newest.put(_frame(0))
    newest.end(Failure("pulled out"))
    assert isinstance(newest.take(), Frame)
    assert newest.take() == Failure("pulled out")


def test_damaged_ones_are_counted_and_come_before_the_frame() -> None:
    newest = NewestFrame(live=True)
    for each in (Damaged("torn"), _frame(0), Damaged("torn"), Damaged("torn"), _frame(1)):
        newest.put(each)
    assert newest.take() == Damaged("torn", 3)
    taken = newest.take()
    assert isinstance(taken, Frame)
    assert (taken.index, taken.dropped) == (1, 1)


def test_of_a_file_damaged_ones_stand_in_their_places() -> None:
    newest = NewestFrame(live=False)
    given: list[Frame | Damaged] = [_frame(0), Damaged("a"), Damaged("b"), _frame(1), Damaged("c")]

    def read() -> None:
        for each in given:
            newest.put(each)
        newest.end(AtEnd())

    thread = threading.Thread(target=read)
    thread.start()
    assert [newest.take() for _ in range(6)] == [*given, AtEnd()]
    thread.join()
