"""Pictures that show no leaf of any class, made from what is at hand.

Trained towards equal probabilities of all classes (outlier exposure, Hendrycks et al. 2019,
arXiv:1812.04606), they teach the network to have no opinion on what it does not know.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from plant_device.contract.geometry import Picture

_TILES = 4


def outlier(
    leaf: Picture, others: Sequence[Picture], side: int, rng: np.random.Generator
) -> Picture:
    """One picture without a leaf: another ground or thing, or a leaf that was scrambled.

    Args:
        leaf: a stored leaf picture, RGB uint8 [stored_side, stored_side, 3].
        others: pictures without leaves, square RGB uint8 of any size.

    Returns:
        RGB uint8 [side, side, 3].
    """
    if rng.random() < 0.75:
        return _window(others[int(rng.integers(len(others)))], side, rng)
    return _scrambled(_window(leaf, side, rng), rng)


def _window(picture: Picture, side: int, rng: np.random.Generator) -> Picture:
    least = picture.shape[0] // 2
    edge = int(rng.integers(least, picture.shape[0] + 1))
    top, left = rng.integers(picture.shape[0] - edge + 1, size=2)
    window = picture[top : top + edge, left : left + edge]
    if rng.integers(2):
        window = window[:, ::-1]
    return np.asarray(cv2.resize(window, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def _scrambled(picture: Picture, rng: np.random.Generator) -> Picture:
    """Its tiles in another order: the texture of a leaf without the leaf."""
    edge = -(-picture.shape[0] // _TILES)
    tiles = [
        picture[row * edge :, column * edge :][:edge, :edge]
        for row in range(_TILES)
        for column in range(_TILES)
    ]
    scrambled = np.zeros_like(picture)
    for place, tile in zip(rng.permutation(_TILES**2), tiles, strict=True):
        row, column = divmod(int(place), _TILES)
        room = scrambled[row * edge :, column * edge :][:edge, :edge]
        room[:] = cv2.resize(tile, room.shape[1::-1])
    return scrambled
