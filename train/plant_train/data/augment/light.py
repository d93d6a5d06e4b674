"""What light and the camera's automatics do: exposure, contrast, white balance, shadow."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_device.contract.geometry import Picture

_LUMA = np.array([0.299, 0.587, 0.114])
"""Rec. ITU-R BT.601."""


def relit(picture: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """The picture in another light, as another camera would have balanced it.

    Args:
        picture: RGB uint8 [H, W, 3].
        strength: 0 leaves it as it is; at 1 exposure varies by half a stop, contrast and
            saturation by a third, colour temperature by a seventh (standard deviations).
    """
    exposure = 2 ** (0.5 * strength * rng.normal())
    contrast = math.exp(0.3 * strength * rng.normal())
    saturation = math.exp(0.3 * strength * rng.normal())
    warmth, green = 0.14 * strength * rng.normal(), 0.05 * strength * rng.normal()
    gains = exposure * np.exp([warmth, green, -warmth])
    curves = np.stack([_curve(float(gain), contrast) for gain in gains], axis=-1)
    toned = cv2.LUT(picture, curves[np.newaxis])
    mixing = saturation * np.eye(3) + (1 - saturation) * _LUMA
    return np.asarray(cv2.transform(toned, mixing), np.uint8)


def shadowed(picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture with the soft shadow of something beside the frame."""
    height, width = picture.shape[:2]
    angle, start = rng.uniform(0, 2 * math.pi), rng.uniform(-0.3, 0.3)
    depth, softness = rng.uniform(0.25, 0.65), rng.uniform(0.02, 0.25)
    x = (np.arange(width, dtype=np.float32) / width - 0.5) * math.cos(angle)
    y = (np.arange(height, dtype=np.float32) / height - 0.5) * math.sin(angle)
    shade = np.clip(0.5 + (x + y[:, np.newaxis] - start) / softness, 0, 1)
    return _scaled(picture, 1 - depth * shade)


def _curve(gain: float, contrast: float) -> NDArray[np.uint8]:
    # About the middle of the range, so that contrast does not change exposure.
    values = (np.arange(256) * gain - 128) * contrast + 128
    return values.clip(0, 255).astype(np.uint8)


def _scaled(picture: Picture, factor: NDArray[np.float32]) -> Picture:
    factors = cv2.merge([factor, factor, factor]).astype(np.float32)
    return np.asarray(cv2.multiply(picture, factors, dtype=cv2.CV_8U), np.uint8)
