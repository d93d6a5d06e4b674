"""What a small camera does to a scene: it focuses roughly, it moves, and its sensor is noisy."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from plant_train.data.sample.arrays import FloatPicture, RgbPicture


@dataclass(frozen=True)
class Exposure:
    """How one picture is taken.

    `defocus` is the blur's standard deviation, `motion_x` and `motion_y` how far the camera moves
    while the shutter is open, all in pixels; `noise` is the sensor's standard deviation (0-1).
    """

    defocus: float
    motion_x: float
    motion_y: float
    noise: float


def draw_exposure(rng: np.random.Generator, side: int) -> Exposure:
    """Draw how a picture of `side` pixels is taken: most are sharp, some are not."""
    shaken = rng.random() < 0.25
    motion, angle = rng.uniform(0.005, 0.025) * side, rng.uniform(0, np.pi)
    return Exposure(
        defocus=rng.exponential(0.0022) * side,
        motion_x=motion * np.cos(angle) if shaken else 0.0,
        motion_y=motion * np.sin(angle) if shaken else 0.0,
        noise=rng.uniform(0.005, 0.03),
    )


def taken(scene: FloatPicture, exposure: Exposure, rng: np.random.Generator) -> RgbPicture:
    """Return the photograph, uint8 [height, width, 3], of `scene`, float32 of the same shape."""
    picture = scene
    if exposure.defocus > 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), exposure.defocus), np.float32)
    if max(abs(exposure.motion_x), abs(exposure.motion_y)) > 1:
        kernel = _line_kernel(exposure.motion_x, exposure.motion_y)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel), np.float32)
    # Brightness noise only: JPEG and MPEG-4 halve the colour resolution and average the rest away.
    grain = rng.standard_normal((*scene.shape[:2], 1), dtype=np.float32)
    picture = picture + grain * np.float32(exposure.noise)
    return np.asarray(np.clip(picture * 255 + 0.5, 0, 255), np.uint8)


def _line_kernel(motion_x: float, motion_y: float) -> FloatPicture:
    """Return a blur kernel that is a line of this extent in pixels."""
    half = int(np.ceil(max(abs(motion_x), abs(motion_y)) / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    reach = np.array([motion_x, motion_y]) / 2 * 16
    middle = np.array([half, half]) * 16
    start, end = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), np.float32)
