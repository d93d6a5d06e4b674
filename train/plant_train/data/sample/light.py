"""The light on a scene: exposure, white balance, fall-off and shadows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from plant_train.data.sample.arrays import FloatMap, FloatPicture


@dataclass(frozen=True)
class Light:
    """One illumination.

    `exposure`, `red` and `blue` multiply (1 is neutral). `slant_x` and `slant_y` say by how much
    the right is brighter than the left and the bottom than the top (1 is twice as bright as
    nothing). Something outside of the picture throws a shadow that takes away `shade` (0-1) of the
    light beyond a line: at `shade_angle` radians, `shade_start` picture sides from the centre.
    """

    exposure: float
    red: float
    blue: float
    slant_x: float
    slant_y: float
    shade: float = 0.0
    shade_angle: float = 0.0
    shade_start: float = 0.0


def draw_light(rng: np.random.Generator) -> Light:
    """Draw an illumination as a careful but not a perfect photographer has it."""
    warmth = rng.normal(0, 0.035)
    return Light(
        exposure=math.exp(rng.normal(0.0, 0.11)),
        red=1 + warmth + rng.normal(0, 0.02),
        blue=1 - warmth + rng.normal(0, 0.02),
        slant_x=rng.normal(0, 0.13),
        slant_y=rng.normal(0, 0.13),
        shade=rng.uniform(0.15, 0.5) if rng.random() < 0.2 else 0.0,
        shade_angle=rng.uniform(0, 2 * math.pi),
        shade_start=rng.uniform(0.05, 0.45),
    )


def illuminated(scene: FloatPicture, light: Light) -> FloatPicture:
    """Return `scene`, float32 [height, width, 3], under `light`."""
    height, width = scene.shape[:2]
    side = min(height, width)
    x = (np.arange(width, dtype=np.float32) - np.float32(width / 2)) / np.float32(side)
    y = ((np.arange(height, dtype=np.float32) - np.float32(height / 2)) / np.float32(side))[:, None]
    strength = light.exposure * (1 + light.slant_x * x + light.slant_y * y)
    if light.shade > 0:
        outwards = math.cos(light.shade_angle) * x + math.sin(light.shade_angle) * y
        strength *= 1 - light.shade * np.clip(0.5 + (outwards - light.shade_start) / 0.08, 0, 1)
    gains = np.array([light.red, 1, light.blue], np.float32)
    return np.asarray(scene * strength[..., None] * gains, np.float32)


def shadow_of(cover: FloatMap, light_angle: float, height_above: float, depth: float) -> FloatMap:
    """Return the light that an object leaves on the ground below it, 1 where it throws no shadow.

    `cover` is 1 where the object is; it floats `height_above` pixels; light comes from
    `light_angle` (0 is from the right, a quarter turn from below); `depth` is 0-1.
    """
    x, y = -height_above * math.cos(light_angle), -height_above * math.sin(light_angle)
    height, width = cover.shape
    shift = np.array([[1, 0, x], [0, 1, y]])
    thrown = cv2.warpAffine(cover, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(thrown, (0, 0), 0.6 * height_above + 0.5)
    return np.asarray(1 - depth * soft, np.float32)
