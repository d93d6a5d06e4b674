"""What to cut out of a leaf picture: the leaf, or where it fills the picture a blade of it.

Without the latter a class whose leaves fill their pictures, as healthy maize does in PlantVillage,
is never seen on another ground, and is learned by its having none.
"""

import math

import cv2
import numpy as np

from plant_device.contract.geometry import Picture
from plant_train.data.augment.leaf_mask import GREENEST_GROUND, Mask, greenness, leaf_mask

_WORKING_SIDE = 96
_TRIES = 4
# In sides of the picture; a long one ends at the picture's edge, as torn leaves do.
_HALF_LENGTHS, _HALF_WIDTHS, _ASTRAY = (0.45, 0.9), (0.15, 0.4), 0.2
_OFF_THE_VEINS = math.radians(8)
# Of a blade; lesions are no greener than grounds.
_MOST_UNLIKE_LEAF = 0.15


def leaf_or_blade_mask(picture: Picture, rng: np.random.Generator) -> Mask | None:
    """The leaf's mask, else a blade's, else None; RGB uint8 [H, H, 3]."""
    mask = leaf_mask(picture)
    return blade_mask(picture, rng) if mask is None else mask


def blade_mask(picture: Picture, rng: np.random.Generator) -> Mask | None:
    """Draw a blade along the veins where hardly anything but leaf is, or None where there is none.

    Args:
        picture: RGB uint8 [H, H, 3].
    """
    side = picture.shape[0]
    working = (_WORKING_SIDE, _WORKING_SIDE)
    small = np.asarray(cv2.resize(picture, working, interpolation=cv2.INTER_AREA), np.uint8)
    unlike = (greenness(small) < GREENEST_GROUND).astype(np.float32)
    veins = _vein_direction(small)
    for _ in range(_TRIES):
        middle = 0.5 + rng.uniform(-_ASTRAY, _ASTRAY, 2)
        half_axes = np.array([rng.uniform(*_HALF_LENGTHS), rng.uniform(*_HALF_WIDTHS)])
        angle = veins + rng.uniform(-_OFF_THE_VEINS, _OFF_THE_VEINS)
        if cv2.mean(unlike, _blade(middle, half_axes, angle, _WORKING_SIDE))[0] < _MOST_UNLIKE_LEAF:
            return _blade(middle, half_axes, angle, side)
    return None


def _blade(middle: np.ndarray, half_axes: np.ndarray, angle: float, side: int) -> Mask:
    box = (tuple(middle * side), tuple(2 * half_axes * side), math.degrees(angle))
    return np.asarray(cv2.ellipse(np.zeros((side, side), np.uint8), box, 255, cv2.FILLED), np.uint8)


def _vein_direction(picture: Picture) -> float:
    """The angle along which the picture changes least, in radians: its structure tensor's."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    steepest = math.atan2(2 * float((across * down).mean()), float((across**2 - down**2).mean()))
    return (steepest + math.pi) / 2
