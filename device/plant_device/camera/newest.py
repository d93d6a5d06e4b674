"""A place for one frame between a thread that reads a source and one that hands frames on."""

import threading
from dataclasses import replace

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.packets import AtEnd, Failure, Packet


class NewestFrame:
    """Holds the newest frame of a live source; of others each frame until it is taken.

    Damaged ones wait before the frame. What ends a source, a failure or its end, waits behind it.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._damaged: Damaged | None = None
        self._frame: Frame | None = None
        self._ending: AtEnd | Failure | None = None
        self._changed = threading.Condition()

    def put(self, frame: Frame | Damaged) -> None:
        """Called by the thread that reads; waits for what came before only where none may go."""
        with self._changed:
            if not self._live:
                self._changed.wait_for(lambda: not (self._damaged or self._frame))
            if isinstance(frame, Damaged):
                self._damaged = _with_those(self._damaged, frame)
            else:
                self._frame = _instead_of(self._frame, frame)
            self._changed.notify_all()

    def end(self, ending: AtEnd | Failure) -> None:
        """No frame will come any more."""
        with self._changed:
            self._ending = ending
            self._changed.notify_all()

    def take(self) -> Packet:
        """What was not taken before, once there is something, or how it ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._damaged or self._frame or self._ending)
            packet = self._damaged or self._frame or self._ending
            assert packet
            if self._damaged:
                self._damaged = None
            else:
                self._frame = None
            self._changed.notify_all()
            return packet


def _with_those(former: Damaged | None, damaged: Damaged) -> Damaged:
    number = former.number if former else 0
    return replace(damaged, number=number + damaged.number)


def _instead_of(former: Frame | None, frame: Frame) -> Frame:
    """The frame, with the time and the number of those that it stands for."""
    if former is None:
        return frame
    return replace(
        frame,
        duration=former.duration + frame.duration,
        dropped=former.dropped + 1 + frame.dropped,
    )
