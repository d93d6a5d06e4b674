"""Time-lapse: a look at regular intervals."""

from plant_device.camera.frame import Frame


class Every:
    """Fires at the first frame, and then whenever so many seconds have passed since it fired.

    Time is the source's own, so that a video of an hour is looked at as the hour was.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None

    def fires(self, frame: Frame) -> bool:
        """Whether the interval is over."""
        if self._since is not None:
            self._since += frame.duration
            if self._since < self._seconds:
                return False
        self._since = 0.0
        return True

    def meanwhile(self, frame: Frame) -> None:
        """Looks take of the interval, and do not lengthen it."""
        assert self._since is not None
        self._since += frame.duration
