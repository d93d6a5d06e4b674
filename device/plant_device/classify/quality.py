"""Whether a picture can show what a leaf has: light, sharpness, and something like a leaf in it.

The limits lie well beyond what leaves of a training data set have: of 600 PlantVillage pictures
the darkest has a bright end of 0.37, the brightest clips 26 % of its pixels, the softest has a
sharpness of 0.022, and the least green one 6 % of pixels in a leaf's colours.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from plant_device.classify.decision import Decision
from plant_device.contract.geometry import Picture

_BRIGHT_FRACTION = 0.95
_CLIPPED_LUMA = 250
# Hue (OpenCV's has 180 steps), saturation and value: orange browns, yellows, all greens, up to
# blue-green.
_LEAF_FROM, _LEAF_TO = (5, 25, 20), (90, 255, 255)


@dataclass(frozen=True)
class Quality:
    """What was measured of a picture.

    Args:
        bright_end: its 95th percentile of luma, of 1.
        clipped: the fraction of its pixels whose luma is 250 or more, of 255.
        sharpness: variance of luma's Laplacian (Pech-Pacheco et al. 2000, doi
            10.1109/ICPR.2000.903548) over that of luma, so that contrast does not count.
        leaf_share: the fraction of its pixels in the colours that leaves have, ill ones too.
    """

    bright_end: float
    clipped: float
    sharpness: float
    leaf_share: float


@dataclass(frozen=True)
class QualityLimits:
    """What a picture must have to be answered by a class's name; fields as in `Quality`."""

    min_bright_end: float = 0.16
    max_clipped: float = 0.5
    min_sharpness: float = 0.006
    min_leaf_share: float = 0.02


def measure_quality(leaf: Picture) -> Quality:
    """Measure a leaf picture: RGB uint8 [stored_side, stored_side, 3]."""
    luma = cv2.cvtColor(leaf, cv2.COLOR_RGB2GRAY)
    # Of pixels at most as bright as each luma.
    fractions = np.cumsum(cv2.calcHist([luma], [0], None, [256], [0, 256])) / luma.size
    leaf_like = cv2.inRange(cv2.cvtColor(leaf, cv2.COLOR_RGB2HSV), _LEAF_FROM, _LEAF_TO)
    return Quality(
        bright_end=float(np.searchsorted(fractions, _BRIGHT_FRACTION)) / 255,
        clipped=float(1 - fractions[_CLIPPED_LUMA - 1]),
        sharpness=_variance(cv2.Laplacian(luma, cv2.CV_16S)) / max(_variance(luma), 1.0),
        leaf_share=cv2.countNonZero(leaf_like) / luma.size,
    )


def refusal(quality: Quality, limits: QualityLimits) -> Decision | None:
    """Why a picture of this quality cannot be answered; None where it can.

    The first flaw that explains the others is told: a dark picture is not sharp either.
    """
    if quality.bright_end < limits.min_bright_end:
        told = f"too dark: bright end {quality.bright_end:.2f} is below {limits.min_bright_end:.2f}"
        return Decision("unsure", "too_dark", told)
    if quality.clipped > limits.max_clipped:
        told = (
            f"too bright: {quality.clipped:.0%} of it is white, more than {limits.max_clipped:.0%}"
        )
        return Decision("unsure", "too_bright", told)
    if quality.sharpness < limits.min_sharpness:
        told = f"blurred: sharpness {quality.sharpness:.4f} is below {limits.min_sharpness:.4f}"
        return Decision("unsure", "blurred", told)
    if quality.leaf_share < limits.min_leaf_share:
        told = (
            f"nothing leaf-like: {quality.leaf_share:.1%} of it has a leaf's colours, less than "
            f"{limits.min_leaf_share:.1%}"
        )
        return Decision("not_leaf", "nothing_leaf_like", told)
    return None


def _variance(values: np.ndarray) -> float:
    _, deviation = cv2.meanStdDev(values)
    return float(deviation[0, 0]) ** 2
