"""Two triggers, each of which may begin a look."""

from plant_device.camera.frame import Frame
from plant_device.service.attention import Trigger


class Either:
    """Fires when one of two does; each hears of every frame."""

    def __init__(self, one: Trigger, other: Trigger) -> None:
        self._one = one
        self._other = other

    def fires(self, frame: Frame) -> bool:
        """Whether one of them does."""
        first, second = self._one.fires(frame), self._other.fires(frame)
        return first or second

    def meanwhile(self, frame: Frame) -> None:
        """Both hear of it."""
        self._one.meanwhile(frame)
        self._other.meanwhile(frame)
