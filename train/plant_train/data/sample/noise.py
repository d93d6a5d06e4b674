"""Random bumps: what makes leaves, ground and light uneven."""

from __future__ import annotations

import cv2
import numpy as np

from plant_train.data.sample.arrays import FloatMap


def smooth_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> FloatMap:
    """Return bumps about `cell` pixels wide, float32 [height, width], mean 0, mostly -1 to 1."""
    rows, columns = int(height / cell) + 3, int(width / cell) + 3
    grid = rng.standard_normal((rows, columns), dtype=np.float32) * np.float32(0.6)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def fractal_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 3
) -> FloatMap:
    """Return smooth noise on which finer noise rides: each octave half as wide and half as high."""
    total = smooth_noise(rng, height, width, cell)
    for octave in range(1, octaves):
        finer = smooth_noise(rng, height, width, max(1.0, cell / 2**octave))
        total += finer * np.float32(0.5**octave)
    return total
