"""Where the leaf is on a plain ground, as laboratories photograph it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_device.contract.geometry import Picture

Mask = NDArray[np.uint8]
"""uint8 [H, W]: 255 on the leaf, 0 on the ground, between them on the rim."""

_WORKING_SIDE = 96
# A leaf that is smaller is a speck; one that is larger has no ground to take away.
_LEAST_SHARE, _LARGEST_SHARE = 0.08, 0.9
# Steps of CIE Lab's a and b between leaf and ground.
_LEAST_CONTRAST = 10
_GREY = 128
_GAP = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_RIM = np.ones((3, 3), np.uint8)


def leaf_mask(picture: Picture) -> Mask | None:
    """Tell a leaf from a plain ground, or None where that is not clear.

    Paper and cloth have one hue, in light and in shadow; leaves and their lesions have others. So
    Otsu's threshold (1979) on the distance in CIE Lab's a and b from the colour of the
    frame's border, gaps of gloss closed, the largest connected component, its holes filled.

    Args:
        picture: RGB uint8 [H, W, 3].
    """
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (_WORKING_SIDE, _WORKING_SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_RGB2LAB)
    hues = np.asarray(lab[:, :, 1:], np.uint8)
    border = np.concatenate([hues[0], hues[-1], hues[:, 0], hues[:, -1]])
    distance = _away_from(hues, np.median(border, axis=0))
    _, coloured = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    closed = np.asarray(cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, _GAP), np.uint8)
    leaf = _filled(_largest_component(closed))
    share = cv2.mean(leaf)[0] / 255
    if not _LEAST_SHARE <= share <= _LARGEST_SHARE:
        return None
    # Where a leaf fills the border, the paper stands out: but of the two it is the greyer.
    chroma = _away_from(hues, np.full(2, _GREY))
    if cv2.mean(chroma, leaf)[0] - cv2.mean(chroma, cv2.bitwise_not(leaf))[0] < _LEAST_CONTRAST:
        return None
    # One pixel in: the rim still shows the ground.
    smooth = cv2.resize(cv2.erode(leaf, _RIM), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, np.uint8)


def _away_from(hues: NDArray[np.uint8], hue: NDArray[np.float64]) -> NDArray[np.uint8]:
    """City-block distance of a and b, uint8 [H, W, 2], from one hue: uint8 [H, W]."""
    apart = cv2.absdiff(hues, np.broadcast_to(hue.astype(np.uint8), hues.shape))
    return np.asarray(cv2.add(apart[:, :, 0], apart[:, :, 1]), np.uint8)


def _largest_component(binary: Mask) -> Mask:
    count, components, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=4)
    if count < 2:
        return np.zeros_like(binary)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.where(components == largest, 255, 0).astype(np.uint8)


def _filled(binary: Mask) -> Mask:
    outlines, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(binary), outlines, -1, 255, cv2.FILLED))
