"""What is behind a leaf in a field, most of all: other leaves of the same plant."""

from collections.abc import Sequence

import cv2
import numpy as np

from plant_device.contract.geometry import Picture
from plant_train.data.augment.blade_mask import leaf_or_blade_mask
from plant_train.data.augment.leaf_mask import Mask
from plant_train.data.augment.view import View, affine, seen

Cutting = tuple[Picture, Mask]
"""A leaf picture, RGB uint8 [H, W, 3], and where its leaf is, uint8 [H, W]."""

_LEAST_LEAVES, _MOST_LEAVES = 6, 16
_LEAST_SPAN, _LARGEST_SPAN = 0.35, 1.3


def cut_out(leaves: Sequence[Picture], rng: np.random.Generator) -> list[Cutting]:
    """The leaf pictures whose leaf can be told from its ground, or a blade be cut out of.

    Where there are none: all of them, whole.
    """
    masks = [(leaf, leaf_or_blade_mask(leaf, rng)) for leaf in leaves]
    masked = [(leaf, mask) for leaf, mask in masks if mask is not None]
    return masked or [(leaf, np.full(leaf.shape[:2], 255, np.uint8)) for leaf in leaves]


def render_foliage(
    cuttings: Sequence[Cutting], ground: Picture, side: int, rng: np.random.Generator
) -> Picture:
    """Leaves over each other, the lower the darker and the less sharp.

    Args:
        cuttings: the leaves, at least one.
        ground: what shows between them, square RGB uint8.

    Returns:
        RGB uint8 [side, side, 3].
    """
    scale = side / ground.shape[0]
    picture = seen(ground, affine(View(scale), ground.shape[0], side), side, cv2.BORDER_REFLECT_101)
    picture = np.asarray(cv2.convertScaleAbs(picture, alpha=0.4), np.uint8)
    count = int(rng.integers(_LEAST_LEAVES, _MOST_LEAVES + 1))
    for number in range(count):
        leaf, mask = cuttings[int(rng.integers(len(cuttings)))]
        view = View(
            scale=rng.uniform(_LEAST_SPAN, _LARGEST_SPAN) * side / leaf.shape[0],
            turn=rng.uniform(0, 2 * np.pi),
            mirrored=bool(rng.integers(2)),
            x=rng.uniform(-0.6, 0.6) * side,
            y=rng.uniform(-0.6, 0.6) * side,
        )
        matrix = affine(view, leaf.shape[0], side)
        height = number / count
        light = (0.35 + 0.65 * height) * rng.uniform(0.8, 1.1)
        lit = cv2.convertScaleAbs(seen(leaf, matrix, side, cv2.BORDER_REPLICATE), alpha=light)
        blur = side * (0.003 + 0.015 * (1 - height))
        soft = cv2.GaussianBlur(lit, (0, 0), blur)
        cover = seen(mask, matrix, side, cv2.BORDER_CONSTANT).astype(np.float32) / 255
        alpha = cv2.GaussianBlur(cover, (0, 0), blur)
        picture = np.asarray(cv2.blendLinear(soft, picture, alpha, 1 - alpha), np.uint8)
    return picture
