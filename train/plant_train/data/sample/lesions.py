"""Makes a leaf ill: where the lesions of a disease sit and how each looks from its centre out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import Colour, FloatMap, Interval, Mask, Points, light_of
from plant_train.data.sample.blade import Blade
from plant_train.data.sample.noise import fractal_noise, smooth_noise

RING_STEPS = 256


class Site(Enum):
    """Where on the leaf lesions of a kind begin."""

    ANYWHERE = "anywhere"
    ALONG_VEINS = "along veins"
    BETWEEN_VEINS = "between veins"
    MARGIN = "margin"


@dataclass(frozen=True)
class Ring:
    """What a lesion looks like at `reach` lesion radii from its centre; rings blend into another.

    `opacity` 0 leaves the leaf as it is, 1 hides it.
    """

    reach: float
    colour: Colour
    opacity: float


@dataclass(frozen=True)
class LesionKind:
    """One kind of lesion.

    `count` (on a whole leaf) and `radius` (in leaf units) grow from the first value at severity 0
    to the second at severity 1. `elongation` stretches along the leaf's axis, `raggedness` is how
    far the rim strays (in radii), `clustering` how strongly lesions keep together (0 not at all).
    """

    site: Site
    count: Interval
    radius: Interval
    rings: tuple[Ring, ...]
    elongation: float = 1.0
    raggedness: float = 0.2
    clustering: float = 1.0


def with_lesions(
    blade: Blade, kind: LesionKind, severity: float, rng: np.random.Generator
) -> Blade:
    """Return `blade` with lesions of `kind`; `severity` 0 is a mild case and 1 a severe one."""
    # `count` is for a whole leaf: a part of a leaf in the picture has its part of the lesions.
    in_view = min(1.0, float(blade.flesh.sum()) / blade.area)
    count = max(1, round(_between(kind.count, severity) * in_view * rng.uniform(0.8, 1.2)))
    centres = lesion_centres(blade, kind, count, rng)
    radius = _between(kind.radius, severity) * blade.pose.length
    radii = radius * rng.lognormal(0, 0.35, len(centres))
    return _painted(blade, kind, centres, radii, rng)


def lesion_centres(blade: Blade, kind: LesionKind, count: int, rng: np.random.Generator) -> Points:
    """Return up to `count` points, float32 [n, 2] in pixels, on the leaf where `kind` begins."""
    height, width = blade.cover.shape
    rows, columns = np.nonzero(_possible_sites(blade, kind.site))
    if len(rows) == 0:
        return np.zeros((0, 2), np.float32)
    patches = smooth_noise(rng, height, width, 0.2 * blade.pose.length)
    weights = np.exp(kind.clustering * patches[rows, columns].astype(np.float64))
    chosen = rng.choice(len(rows), count, p=weights / weights.sum())
    return np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float32)


def _possible_sites(blade: Blade, site: Site) -> Mask:
    on_leaf: Mask = blade.flesh > 0.5
    if site is Site.ALONG_VEINS:
        return np.asarray(on_leaf & (blade.vein_distance < 0.008 * blade.pose.length), np.bool_)
    if site is Site.BETWEEN_VEINS:
        return np.asarray(on_leaf & (blade.vein_distance > 0.004 * blade.pose.length), np.bool_)
    if site is Site.MARGIN:
        inwards = cv2.distanceTransform(on_leaf.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
        return np.asarray(on_leaf & (inwards < 0.02 * blade.pose.length), np.bool_)
    return on_leaf


def _painted(
    blade: Blade,
    kind: LesionKind,
    centres: Points,
    radii: NDArray[np.float64],
    rng: np.random.Generator,
) -> Blade:
    height, width = blade.cover.shape
    outermost = kind.rings[-1].reach
    reach = _reach_map(blade, kind, centres, radii, rng)
    typical = max(1.5, float(np.median(radii)) if len(radii) else 1.5)
    reach += kind.raggedness * fractal_noise(rng, height, width, typical, octaves=2)
    steps = np.clip(reach * (RING_STEPS - 1) / outermost, 0, RING_STEPS - 1).astype(np.uint8)
    colours, opacities = _ring_tables(kind)
    mottling = 1 + 0.10 * smooth_noise(rng, height, width, max(1.5, 0.008 * blade.pose.length))
    ill = colours[steps] * mottling[..., None]
    mixed = blade.colour + opacities[steps][..., None] * (ill - blade.colour)
    return replace(blade, colour=np.clip(mixed, 0, 1).astype(np.float32))


def _reach_map(
    blade: Blade,
    kind: LesionKind,
    centres: Points,
    radii: NDArray[np.float64],
    rng: np.random.Generator,
) -> FloatMap:
    """Return for each pixel how many lesion radii the nearest lesion's centre is away."""
    height, width = blade.cover.shape
    farthest = np.float32(kind.rings[-1].reach * (1 + kind.raggedness) + kind.raggedness)
    reach = np.full((height, width), farthest + 1, np.float32)
    axes = blade.pose.direction + rng.normal(0, 0.1, len(centres))
    stretches = kind.elongation * rng.lognormal(0, 0.15, len(centres))
    for (x, y), radius, axis, stretch in zip(centres, radii, axes, stretches, strict=True):
        margin = int(farthest * radius * max(1.0, stretch)) + 1
        left, top = max(0, int(x) - margin), max(0, int(y) - margin)
        right, bottom = min(width, int(x) + margin + 1), min(height, int(y) + margin + 1)
        across = np.arange(left, right, dtype=np.float32) - x
        down = (np.arange(top, bottom, dtype=np.float32) - y)[:, None]
        cos, sin = np.float32(np.cos(axis) / radius), np.float32(np.sin(axis) / radius)
        along = (sin * across - cos * down) / np.float32(stretch)
        beside = cos * across + sin * down
        patch = reach[top:bottom, left:right]
        np.minimum(patch, np.sqrt(along * along + beside * beside), out=patch)
    return reach


def _ring_tables(kind: LesionKind) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the lesion's colours, float32 [steps, 3], and opacities, [steps], centre to rim."""
    reaches = [ring.reach for ring in kind.rings]
    steps = np.linspace(0, reaches[-1], RING_STEPS)
    colours = np.array([light_of(ring.colour) for ring in kind.rings])
    table = [np.interp(steps, reaches, colours[:, channel]) for channel in range(3)]
    opacities = np.interp(steps, reaches, [ring.opacity for ring in kind.rings])
    return np.stack(table, axis=1).astype(np.float32), opacities.astype(np.float32)


def _between(interval: Interval, part: float) -> float:
    return interval[0] + (interval[1] - interval[0]) * part
