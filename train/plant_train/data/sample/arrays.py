"""The types that the files of this package hand to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatMap = NDArray[np.float32]
"""float32 [height, width], one value a pixel."""

FloatPicture = NDArray[np.float32]
"""float32 [height, width, 3], RGB; 0 is black and 1 is white, values above 1 are over-exposed."""

RgbPicture = NDArray[np.uint8]
"""uint8 [height, width, 3], RGB."""

Mask = NDArray[np.bool_]
"""bool [height, width]."""

Points = NDArray[np.float32]
"""float32 [n, 2], x to the right and y downwards."""

Colour = tuple[int, int, int]
"""RGB, each 0 to 255."""

Interval = tuple[float, float]
"""The lowest and the highest value."""


def light_of(colour: Colour) -> NDArray[np.float32]:
    """Return `colour` as float32 [3], 0 to 1."""
    return np.array(colour, dtype=np.float32) / np.float32(255)
