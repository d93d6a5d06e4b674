"""A look when something moves in front of the camera."""

import math

from plant_device.camera.frame import Frame
from plant_device.service.triggers.change import Thumbnail, changed_share, thumbnail

# What has not moved for so long belongs to the background.
_BACKGROUND_SECONDS = 2.0


class Motion:
    """Fires when a part of the picture differs from what stood there in the last seconds.

    Args:
        share: of the picture, of 1, that must have changed.
        rest: seconds without looks after one began: wind would make one after the other.
    """

    def __init__(self, share: float = 0.03, rest: float = 10.0) -> None:
        self._share = share
        self._rest = rest
        self._since = math.inf
        self._background: Thumbnail | None = None

    def fires(self, frame: Frame) -> bool:
        """Whether something moves, and the rest is over."""
        moves = self._changed(frame) >= self._share and self._since >= self._rest
        if moves:
            self._since = 0.0
        return moves

    def meanwhile(self, frame: Frame) -> None:
        """What is looked at becomes background too."""
        self._changed(frame)

    def _changed(self, frame: Frame) -> float:
        self._since += frame.duration
        now, before = thumbnail(frame.picture), self._background
        if before is None:
            self._background = now
            return 0.0
        kept = math.exp(-frame.duration / _BACKGROUND_SECONDS)
        self._background = kept * before + (1 - kept) * now
        return changed_share(before, now)
