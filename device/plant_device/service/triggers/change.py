"""How much of a picture has changed: what motion and the next leaf go by."""

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_device.contract.geometry import Picture

_SIDE = 32
# Times the mean. A sensor's noise and a fifth more or less light stay below it: no point of 160
# PlantVillage and field pictures passed it.
_LEAST = 0.25

Thumbnail = NDArray[np.float32]


def thumbnail(picture: Picture) -> Thumbnail:
    """A small picture to compare with others, whatever the light was.

    Args:
        picture: BGR uint8 [H, W, 3].

    Returns:
        float32 [32, 32, 3]: its colours averaged over areas and divided by their mean, so that a
        cloud or the camera's own exposure changes nothing.
    """
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small / max(float(small.mean()), 1.0))


def changed_share(before: Thumbnail, after: Thumbnail) -> float:
    """The share of two thumbnails' points, of 1, that show something else."""
    return float((np.abs(before - after).max(axis=2) > _LEAST).mean())
