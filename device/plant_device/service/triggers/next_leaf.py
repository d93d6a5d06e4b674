"""A look when another leaf is held before the camera than the last one, and held still."""

import math

from plant_device.camera.frame import Frame
from plant_device.service.triggers.change import Thumbnail, changed_share, thumbnail

# Of the picture's points. The same leaf, moved by up to 6 % of the picture, turned out of the light
# and enlarged by up to 5 %, changed 0.35 of a PlantVillage picture at most in 19 of 20 trials, and
# another leaf of the class 0.53 at least.
_ANOTHER = 0.4
_STILL = 0.1


class NextLeaf:
    """Fires at the first frame, and then when the picture is another one and has come to rest.

    Pictures that have nothing to do with one another are another leaf each.
    """

    def __init__(self) -> None:
        self._looked_at: Thumbnail | None = None
        self._before: Thumbnail | None = None

    def fires(self, frame: Frame) -> bool:
        """Whether another leaf is there."""
        now, before = thumbnail(frame.picture), self._before
        self._before = now
        alone = math.isinf(frame.duration)
        if not alone and self._looked_at is not None and before is not None:
            another = changed_share(self._looked_at, now) >= _ANOTHER
            if not another or changed_share(before, now) > _STILL:
                return False
        self._looked_at = now
        return True

    def meanwhile(self, frame: Frame) -> None:
        """The last frame of a look is what the next leaf must differ from."""
        self._looked_at = self._before = thumbnail(frame.picture)
