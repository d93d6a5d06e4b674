"""A place for one frame between a thread that reads a source and one that hands frames on."""

import threading
from dataclasses import replace

from plant_device.camera.frame import Frame
from plant_device.camera.packets import AtEnd, Failure, Packet


class NewestFrame:
    """Holds the newest frame of a live source; of others each frame until it is taken.

    What ends a source, a failure or its end, waits behind the last frame.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._frame: Frame | None = None
        self._ending: AtEnd | Failure | None = None
        self._changed = threading.Condition()

    def put(self, frame: Frame) -> None:
        """Called by the thread that reads; waits for the frame before only where none may go."""
        with self._changed:
            if self._live and self._frame:
                frame = _instead_of(self._frame, frame)
            else:
                self._changed.wait_for(lambda: self._frame is None)
            self._frame = frame
            self._changed.notify_all()

    def end(self, ending: AtEnd | Failure) -> None:
        """No frame will come any more."""
        with self._changed:
            self._ending = ending
            self._changed.notify_all()

    def take(self) -> Packet:
        """The frame, once there is one that was not taken before, or how it ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame or self._ending)
            packet = self._frame or self._ending
            assert packet
            self._frame = None
            self._changed.notify_all()
            return packet


def _instead_of(former: Frame, frame: Frame) -> Frame:
    """The frame, with the time and the number of those that it stands for."""
    return replace(
        frame,
        duration=former.duration + frame.duration,
        dropped=former.dropped + 1 + frame.dropped,
    )
