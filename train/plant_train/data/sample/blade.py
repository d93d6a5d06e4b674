"""Paints a healthy leaf: its green, its veins, and the relief that light makes visible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import Colour, FloatMap, FloatPicture, Points, light_of
from plant_train.data.sample.leaf_shape import LeafShape, Vein
from plant_train.data.sample.noise import fractal_noise, smooth_noise

AGED_GREEN: Colour = (168, 170, 62)
SHEEN: Colour = (225, 235, 240)
SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class BladeLook:
    """The healthy surface of a kind of leaf.

    `quilting` is how steeply the blade bulges between the veins, `fold` how steeply its halves fall
    away from the main veins (both as height over length), `gloss` the strength of the sheen, 0-1.
    """

    green: Colour
    vein: Colour
    quilting: float
    fold: float
    gloss: float


@dataclass(frozen=True)
class Pose:
    """How a leaf lies: `length` is pixels for a leaf unit, `direction` the way its tip points.

    `direction` is in radians, 0 is up, clockwise.
    """

    length: float
    direction: float


@dataclass(frozen=True)
class Blade:
    """A painted leaf in its picture.

    `flesh` is 1 on the leaf without its stalks and 0 elsewhere, `cover` is the same with them;
    `vein_distance` is in pixels to the nearest vein; `area` is the whole leaf's in pixels, also of
    what lies outside of the picture.
    """

    colour: FloatPicture
    flesh: FloatMap
    cover: FloatMap
    vein_distance: FloatMap
    pose: Pose
    area: float


def paint_blade(
    shape: LeafShape,
    look: BladeLook,
    pose: Pose,
    rng: np.random.Generator,
    *,
    height: int,
    width: int,
    light_angle: float,
) -> Blade:
    """Paint `shape`, whose points are in pixels, into a picture of `height` x `width` pixels.

    The light comes from `light_angle` in radians (0 is from the right, a quarter turn from below).
    """
    length = pose.length
    flesh = _filled(shape, height, width)
    stalks = _drawn(shape.stalks, length, height, width)
    veins = _drawn(shape.veins, length, height, width)
    main_veins = [vein for vein in shape.veins if vein.main]
    main_distance = _distance_to(_drawn(main_veins, length, height, width))
    vein_distance = _distance_to(veins)

    colour = _surface(look, rng, height, width, length)
    vein_cover = np.maximum(veins, stalks) * np.float32(0.65)
    colour += vein_cover[..., None] * (light_of(look.vein) - colour)

    bulge = 0.03 * length
    relief = look.fold * main_distance
    relief += look.quilting * bulge * (1 - np.exp(vein_distance / np.float32(-bulge)))
    relief += smooth_noise(rng, height, width, 0.4 * length) * np.float32(0.05 * length)
    facing = _slope_towards(relief, light_angle)
    colour *= (1 + 0.65 * np.clip(facing, -0.6, 0.6))[..., None]
    sheen = look.gloss * rng.uniform(0.2, 1) * np.exp(-(((facing - 0.28) / 0.12) ** 2))
    colour += sheen[..., None] * (light_of(SHEEN) - colour)
    return Blade(
        colour=np.clip(colour, 0, 1),
        flesh=flesh,
        cover=np.maximum(flesh, stalks),
        vein_distance=vein_distance,
        pose=pose,
        area=float(sum(cv2.contourArea(outline) for outline in shape.outlines)),
    )


def _surface(
    look: BladeLook, rng: np.random.Generator, height: int, width: int, length: float
) -> FloatPicture:
    """Return the leaf's green, uneven and more or less aged, all over the canvas."""
    green = light_of(look.green) * rng.normal(1, (0.07, 0.05, 0.09)).astype(np.float32)
    aged = rng.beta(1.2, 9) + 0.14 * smooth_noise(rng, height, width, 0.3 * length)
    colour = green + np.clip(aged, 0, 0.6)[..., None] * (light_of(AGED_GREEN) - green)
    colour *= (1 + 0.08 * fractal_noise(rng, height, width, 0.06 * length))[..., None]
    return np.asarray(colour, np.float32)


def _filled(shape: LeafShape, height: int, width: int) -> FloatMap:
    """Return 1 inside of the outlines, else 0, with smooth edges."""
    canvas = np.zeros((height, width), np.uint8)
    for outline in shape.outlines:
        cv2.fillPoly(canvas, [_subpixels(outline)], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    return np.asarray(canvas / np.float32(255), np.float32)


def _drawn(
    veins: tuple[Vein, ...] | list[Vein], length: float, height: int, width: int
) -> FloatMap:
    """Return 1 on the veins, else 0; a vein thinner than a pixel is drawn fainter instead."""
    canvas = np.zeros((height, width), np.uint8)
    for vein in veins:
        thickness = vein.width * length
        cv2.polylines(
            canvas,
            [_subpixels(vein.points)],
            isClosed=False,
            color=int(255 * min(1.0, max(0.5, thickness))),
            thickness=max(1, round(thickness)),
            lineType=cv2.LINE_AA,
            shift=SUBPIXEL_BITS,
        )
    return np.asarray(canvas / np.float32(255), np.float32)


def _distance_to(drawn: FloatMap) -> FloatMap:
    """Return how many pixels away the nearest drawn line is."""
    away = (drawn < 0.3).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_3), np.float32)


def _slope_towards(relief: FloatMap, light_angle: float) -> FloatMap:
    """Return how steeply the surface faces the light: height over length, negative if away."""
    # Sobel's 3 x 3 weights add up to 8 for a slope of 1.
    across = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = -(math.cos(light_angle) * across + math.sin(light_angle) * down)
    return np.asarray(slope, np.float32)


def _subpixels(points: Points) -> NDArray[np.int32]:
    return np.asarray(np.round(points * 2**SUBPIXEL_BITS), np.int32)
