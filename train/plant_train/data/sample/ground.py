"""What a leaf lies on: mostly plain paper as in a laboratory, sometimes soil, gravel or foliage."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import Colour, FloatPicture, light_of
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.noise import fractal_noise, smooth_noise

PAPERS: tuple[Colour, ...] = ((164, 156, 170), (154, 150, 158), (146, 138, 156), (176, 170, 174))
SOIL: Colour = (104, 78, 56)
GRAVEL: Colour = (136, 130, 122)
FOLIAGE: Colour = (62, 92, 42)


def lay_ground(rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    """Return ground that fills `canvas`, float32 [height, width, 3]."""
    kinds = (_paper, soil, gravel, foliage)
    kind = kinds[int(rng.choice(len(kinds), p=(0.78, 0.09, 0.05, 0.08)))]
    return np.clip(kind(rng, canvas), 0, 1)


def _paper(rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    paper = _tint(rng, PAPERS[int(rng.integers(len(PAPERS)))], 0.025)
    tone = 1 + 0.05 * smooth_noise(rng, canvas.height, canvas.width, 0.7 * canvas.side)
    tone += 0.025 * fractal_noise(rng, canvas.height, canvas.width, 0.014 * canvas.side, octaves=2)
    return np.asarray(paper * tone[..., None], np.float32)


def soil(rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    """Return crumbs and heaps of earth."""
    tint = _tint(rng, SOIL, 0.08) * rng.uniform(0.7, 1.3)
    crumbs = fractal_noise(rng, canvas.height, canvas.width, 0.06 * canvas.side, octaves=4)
    heaps = smooth_noise(rng, canvas.height, canvas.width, 0.4 * canvas.side)
    tone = 1 + 0.28 * crumbs + 0.15 * heaps
    return np.asarray(tint * np.clip(tone, 0.15, 2)[..., None], np.float32)


def gravel(rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    """Return pebbles: each is the area around a random point and darkens towards its rim."""
    height, width = canvas.height, canvas.width
    pebble = rng.uniform(0.04, 0.09) * canvas.side
    pebbles = max(4, int(height * width / pebble**2))
    middles = np.ones((height, width), np.uint8)
    middles[rng.integers(height, size=pebbles), rng.integers(width, size=pebbles)] = 0
    away, owner = cv2.distanceTransformWithLabels(
        middles, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    tones = rng.normal(1, 0.22, pebbles + 2).clip(0.4, 1.6).astype(np.float32)
    roundness = np.clip(1.1 - 0.8 * (away / np.float32(0.9 * pebble)) ** 2, 0.4, 1)
    tone = tones[owner] * roundness
    tone += 0.06 * smooth_noise(rng, height, width, 0.01 * canvas.side)
    tint = _tint(rng, GRAVEL, 0.06)
    return np.asarray(tint * tone[..., None], np.float32)


def foliage(rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    """Return other plants out of focus: overlapping soft leaves, the lower the darker."""
    tint = _tint(rng, FOLIAGE, 0.08)
    height, width, side = canvas.height, canvas.width, canvas.side
    tone = 0.45 + 0.12 * smooth_noise(rng, height, width, 0.15 * side)
    leaves = int(26 * height * width / side**2)
    for leaf in range(leaves):
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.uniform(0.08, 0.22) * side), int(rng.uniform(0.03, 0.08) * side))
        brightness = float(rng.normal(0.55 + 0.65 * leaf / leaves, 0.12))
        cv2.ellipse(tone, middle, axes, float(rng.uniform(0, 180)), 0, 360, brightness, -1)
    soft = cv2.GaussianBlur(tone, (0, 0), rng.uniform(0.012, 0.03) * side)
    soft = soft + 0.04 * smooth_noise(rng, height, width, 0.03 * side)
    return np.asarray(tint * soft[..., None], np.float32)


def _tint(rng: np.random.Generator, colour: Colour, spread: float) -> NDArray[np.float32]:
    """Return about `colour`, float32 [3]; `spread` is the standard deviation of each channel."""
    return light_of(colour) * rng.normal(1, spread, 3).astype(np.float32)
