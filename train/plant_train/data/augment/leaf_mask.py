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
# PlantVillage's grounds have -17 to 2, its leaves 18 to 55 (medians by class), but for healthy
# maize, which fills its frames.
GREENEST_GROUND = 8
"""Of `greenness`: what has less is a ground's, or a lesion's."""
_LEAST_CONTRAST = 8
_GAP = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_RIM = np.ones((3, 3), np.uint8)


def leaf_mask(picture: Picture) -> Mask | None:
    """Tell a leaf from a plain ground, or None where that is not clear.

    Paper and cloth have one hue, in light and in shadow; leaves and their lesions have others. So
    Otsu's threshold (1979) on the distance in CIE Lab's a and b from the colour of the
    frame's border; of the two parts the greener, whichever the border shows; gaps of gloss
    closed, the largest connected component, its holes filled.

    Args:
        picture: RGB uint8 [H, W, 3].
    """
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (_WORKING_SIDE, _WORKING_SIDE), interpolation=cv2.INTER_AREA)
    hues = _hues(np.asarray(cv2.GaussianBlur(small, (5, 5), 0), np.uint8))
    green = _greenness_of(hues)
    coloured = _greener_part(_unlike_the_border(hues), green)
    closed = np.asarray(cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, _GAP), np.uint8)
    leaf = _filled(_largest_component(closed))
    if not _LEAST_SHARE <= cv2.mean(leaf)[0] / 255 <= _LARGEST_SHARE:
        return None
    ground = cv2.mean(green, cv2.bitwise_not(leaf))[0]
    if ground > GREENEST_GROUND or cv2.mean(green, leaf)[0] < ground + _LEAST_CONTRAST:
        return None
    # One pixel in: the rim still shows the ground.
    smooth = cv2.resize(cv2.erode(leaf, _RIM), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, np.uint8)


def greenness(picture: Picture) -> NDArray[np.int16]:
    """CIE Lab's b - a in OpenCV's 8 bits, int16 [H, W], of RGB uint8 [H, W, 3].

    Green, yellow and brown have more of it than grey, blue, purple and red, which grounds are.
    """
    return _greenness_of(_hues(picture))


def _hues(picture: Picture) -> NDArray[np.uint8]:
    """CIE Lab's a and b, uint8 [H, W, 2]."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[:, :, 1:], np.uint8)


def _greenness_of(hues: NDArray[np.uint8]) -> NDArray[np.int16]:
    return hues[:, :, 1].astype(np.int16) - hues[:, :, 0]


def _unlike_the_border(hues: NDArray[np.uint8]) -> Mask:
    """Where a and b, uint8 [H, W, 2], are far from their median along the border."""
    border = np.concatenate([hues[0], hues[-1], hues[:, 0], hues[:, -1]])
    median = np.median(border, axis=0).astype(np.uint8)
    apart = cv2.absdiff(hues, np.broadcast_to(median, hues.shape))
    distance = cv2.add(apart[:, :, 0], apart[:, :, 1])
    _, far = cv2.threshold(distance, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(far, np.uint8)


def _greener_part(part: Mask, green: NDArray[np.int16]) -> Mask:
    """A part of the frame, or the rest of it."""
    rest = np.asarray(cv2.bitwise_not(part), np.uint8)
    return part if cv2.mean(green, part)[0] >= cv2.mean(green, rest)[0] else rest


def _largest_component(binary: Mask) -> Mask:
    count, components, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=4)
    if count < 2:
        return np.zeros_like(binary)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.where(components == largest, 255, 0).astype(np.uint8)


def _filled(binary: Mask) -> Mask:
    outlines, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(binary), outlines, -1, 255, cv2.FILLED))
