"""The leaf on another ground than the laboratory's."""

import cv2
import numpy as np

from plant_device.contract.geometry import Picture
from plant_train.data.augment.leaf_mask import Mask


def on_ground(leaf: Picture, mask: Mask, ground: Picture, rng: np.random.Generator) -> Picture:
    """A leaf on a ground, with the shadow that it throws.

    Args:
        leaf: RGB uint8 [H, W, 3].
        mask: uint8 [H, W], where the leaf is.
        ground: RGB uint8 [H, W, 3].
    """
    side = leaf.shape[0]
    cover = mask.astype(np.float32) / 255
    softened = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.3, 1.2))
    lit = _with_shadow(ground, cover, rng.uniform(-0.05, 0.05, 2) * side, rng)
    return np.asarray(cv2.blendLinear(leaf, lit, softened, 1 - softened), np.uint8)


def _with_shadow(
    ground: Picture, cover: np.ndarray, offset: np.ndarray, rng: np.random.Generator
) -> Picture:
    depth = rng.uniform(0, 0.6)
    # A quarter of the size: a shadow is soft.
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    shift = np.column_stack([np.eye(2), offset / 4])
    thrown = cv2.warpAffine(small, shift, small.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(thrown, (0, 0), rng.uniform(0.3, 3))
    light = 1 - depth * cv2.resize(soft, cover.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(
        cv2.multiply(ground, cv2.merge([light, light, light]), dtype=cv2.CV_8U), np.uint8
    )
