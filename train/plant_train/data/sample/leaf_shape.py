"""Leaf outlines and veins: one function for each form of leaf.

Leaf units: the longer side of the outline's bounding box is 1, its centre is the origin, the leaf's
tip points up (towards negative y).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import Points

Point = tuple[float, float]


@dataclass(frozen=True)
class Vein:
    """A line on the leaf, `width` leaf units wide; the blade folds along its `main` veins."""

    points: Points
    width: float
    main: bool = False


@dataclass(frozen=True)
class LeafShape:
    """A leaf before it is painted: closed `outlines`, `veins` on them and bare `stalks`."""

    outlines: tuple[Points, ...]
    veins: tuple[Vein, ...]
    stalks: tuple[Vein, ...]

    def mapped(self, affine: NDArray[np.float64]) -> LeafShape:
        """Return the shape with every point moved by `affine`, float64 [2, 3]; widths stay."""
        return LeafShape(
            tuple(_moved(outline, affine) for outline in self.outlines),
            tuple(_moved_vein(vein, affine) for vein in self.veins),
            tuple(_moved_vein(stalk, affine) for stalk in self.stalks),
        )


Form = Callable[[np.random.Generator], LeafShape]
"""Draws one leaf of a form, in leaf units."""


def serrate_leaf(rng: np.random.Generator) -> LeafShape:
    """Return an egg-shaped leaf with a finely toothed margin, as of an apple."""
    blade = _feathered_blade(
        half_width=rng.uniform(0.27, 0.36),
        widest=rng.uniform(0.34, 0.42),
        teeth=int(rng.integers(20, 30)),
        tooth_depth=rng.uniform(0.012, 0.024),
        side_veins=int(rng.integers(6, 9)),
        bend=rng.normal(0, 0.08),
    )
    stalk = Vein(_line((0, 0.01), (rng.normal(0, 0.04), rng.uniform(0.12, 0.22))), 0.022)
    return _in_leaf_units(LeafShape(blade.outlines, blade.veins, (stalk,)))


def lobed_leaf(rng: np.random.Generator) -> LeafShape:
    """Return a leaf with five coarsely toothed lobes and veins like fingers, as of a grape vine."""
    lobe_angles = np.radians([0.0, 58, -58, 118, -118]) + rng.normal(0, 0.06, 5)
    lobe_lengths = np.array([0.58, 0.53, 0.53, 0.44, 0.44]) * rng.uniform(0.9, 1.1, 5)
    lobe_width = rng.uniform(0.52, 0.68)
    angles = np.linspace(-np.pi, np.pi, 361)
    away = np.abs((angles[:, None] - lobe_angles + np.pi) % (2 * np.pi) - np.pi)
    lobes = lobe_lengths * np.exp(-((away / lobe_width) ** 1.7) * 0.55)
    body = 0.34 * np.clip((np.pi - np.abs(angles)) / 0.5, 0.15, 1)
    radius = np.maximum(lobes.max(axis=1), body)
    teeth = np.abs((angles * rng.uniform(5.5, 7.5)) % 1 - 0.5)
    radius *= 1 + rng.uniform(0.10, 0.20) * (teeth - 0.25)
    outline = _polar(angles, radius)

    veins = []
    for angle, length in zip(lobe_angles, lobe_lengths, strict=True):
        tip = 0.95 * length
        veins.append(Vein(_line((0, 0), _polar_point(angle, tip)), 0.012, main=True))
        for along in (0.25, 0.45, 0.65):
            for side in (-1, 1):
                start = _polar_point(angle, along * tip)
                step = _polar_point(angle + side * 0.75, 0.34 * tip * (1.1 - along))
                veins.append(Vein(_line(start, (start[0] + step[0], start[1] + step[1])), 0.005))
    stalk = Vein(_line((0, 0), (rng.normal(0, 0.06), rng.uniform(0.35, 0.5))), 0.022)
    return _in_leaf_units(LeafShape((outline,), tuple(veins), (stalk,)))


def strap_leaf(rng: np.random.Generator) -> LeafShape:
    """Return a long strap with a pale midrib and parallel veins, as of maize."""
    along = np.linspace(0, 1, 80)
    taper = np.minimum(1, np.minimum(along * 6 + 0.5, (1 - along) * 2.2)) ** 0.8
    half_width = rng.uniform(0.095, 0.135) * taper
    middle = rng.normal(0, 0.10) * (along - 0.4) ** 2 * 4 + rng.normal(0, 0.02) * np.sin(7 * along)
    ripple = [
        1 + rng.uniform(0.02, 0.06) * np.sin(along * rng.uniform(25, 45) + rng.uniform(0, 6))
        for _ in range(2)
    ]

    def lane(offset: float) -> Points:
        """Return the line that runs at `offset` half-widths right of the midrib."""
        wavy = ripple[0] if offset < 0 else ripple[1]
        return _points(middle + offset * half_width * wavy, -along)

    outline = np.concatenate([lane(-1), lane(1)[::-1]])
    lanes = np.linspace(-0.88, 0.88, 13)
    veins = [Vein(lane(float(offset)), 0.0016) for offset in lanes if abs(offset) > 0.1]
    veins.append(Vein(lane(0), 0.017, main=True))
    return _in_leaf_units(LeafShape((outline,), tuple(veins), ()))


def pinnate_leaf(rng: np.random.Generator) -> LeafShape:
    """Return a leaf of three to seven deeply cut leaflets on a common stalk, as of a tomato."""
    pairs = int(rng.choice([1, 2, 3], p=[0.25, 0.55, 0.20]))
    rachis_length = 0.30 + 0.22 * pairs
    seats = np.linspace(0.30, rachis_length - 0.10, pairs)
    leaflets = [_leaflet(rng, (0.0, rachis_length), rng.normal(0, 8), rng.uniform(0.62, 0.78))]
    rachis_tip = (0.0, -rachis_length)
    stalks = [Vein(_line((0, 0.06), rachis_tip), 0.016)]
    for seat in seats:
        for side in (-1, 1):
            foot = (side * rng.uniform(0.04, 0.08), float(seat) + rng.normal(0, 0.03))
            leaning = side * rng.uniform(55, 80)
            leaflets.append(_leaflet(rng, foot, leaning, rng.uniform(0.46, 0.62)))
            stalks.append(Vein(_line((0, -float(seat) + 0.03), (foot[0], -foot[1])), 0.010))
    return _in_leaf_units(
        LeafShape(
            tuple(outline for leaflet in leaflets for outline in leaflet.outlines),
            tuple(vein for leaflet in leaflets for vein in leaflet.veins),
            tuple(stalks),
        )
    )


def _leaflet(rng: np.random.Generator, foot: Point, degrees: float, length: float) -> LeafShape:
    """Return one leaflet of `length` that stands on `foot` (x, height) and leans by `degrees`."""
    blade = _feathered_blade(
        half_width=rng.uniform(0.27, 0.36),
        widest=rng.uniform(0.30, 0.38),
        teeth=int(rng.integers(4, 7)),
        tooth_depth=rng.uniform(0.06, 0.12),
        side_veins=int(rng.integers(4, 6)),
        bend=rng.normal(0, 0.12),
    )
    cos, sin = length * np.cos(np.radians(degrees)), length * np.sin(np.radians(degrees))
    standing = blade.mapped(np.array([[cos, -sin, foot[0]], [sin, cos, -foot[1]]]))
    thinner = tuple(Vein(vein.points, vein.width * length, vein.main) for vein in standing.veins)
    return LeafShape(standing.outlines, thinner, ())


def _feathered_blade(
    *,
    half_width: float,
    widest: float,
    teeth: int,
    tooth_depth: float,
    side_veins: int,
    bend: float,
) -> LeafShape:
    """Return a blade of length 1 from its foot at the origin to its tip at y = -1.

    `widest` says how far up (0 to 1) it is `half_width` wide, `bend` how far the middle bulges.
    """
    # along^fullness * (1 - along) is largest at `widest`; it is round below and pointed above.
    fullness = widest / (1 - widest)
    largest = widest**fullness * (1 - widest)

    def width_at(along: NDArray[np.float64]) -> NDArray[np.float64]:
        height = np.clip(along, 0, 1)
        return np.asarray(half_width * height**fullness * (1 - height) / largest)

    def middle_at(along: NDArray[np.float64]) -> NDArray[np.float64]:
        return bend * 4 * along * (1 - along)

    along = np.linspace(0, 1, 160)
    tooth = np.sin(np.pi * ((along * teeth) % 1) ** 0.6)
    width = width_at(along) + tooth_depth * (tooth - 0.5) * np.sin(np.pi * along) ** 0.5
    right = _points(middle_at(along) + width, -along)
    left = _points(middle_at(along) - width, -along)
    veins = [Vein(_points(middle_at(along[:150]), -along[:150]), 0.014, main=True)]
    outward = np.linspace(0, 1, 12)
    for start in np.linspace(0.06, 0.74, side_veins):
        height = start + 0.17 * outward**1.3
        reach = outward * 0.94 * width_at(height)
        veins.extend(
            Vein(_points(middle_at(height) + side * reach, -height), 0.006) for side in (-1, 1)
        )
    return LeafShape((np.concatenate([right, left[::-1]]),), tuple(veins), ())


def _in_leaf_units(shape: LeafShape) -> LeafShape:
    everything = np.concatenate(shape.outlines)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = 1 / float((high - low).max())
    x, y = (-scale * (low + high) / 2).tolist()
    sized = shape.mapped(np.array([[scale, 0, x], [0, scale, y]]))
    return LeafShape(
        sized.outlines,
        tuple(Vein(vein.points, vein.width * scale, vein.main) for vein in sized.veins),
        tuple(Vein(stalk.points, stalk.width * scale, stalk.main) for stalk in sized.stalks),
    )


def _moved(points: Points, affine: NDArray[np.float64]) -> Points:
    return np.asarray(points @ affine[:, :2].T + affine[:, 2], dtype=np.float32)


def _moved_vein(vein: Vein, affine: NDArray[np.float64]) -> Vein:
    return Vein(_moved(vein.points, affine), vein.width, vein.main)


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
    return np.stack([x, y], axis=1).astype(np.float32)


def _line(start: Point, end: Point) -> Points:
    return np.array([start, end], dtype=np.float32)


def _polar(angles: NDArray[np.float64], radius: NDArray[np.float64]) -> Points:
    return _points(radius * np.sin(angles), -radius * np.cos(angles))


def _polar_point(angle: float, radius: float) -> Point:
    return float(radius * np.sin(angle)), float(-radius * np.cos(angle))
