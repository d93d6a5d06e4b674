"""Puts one leaf of a class on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import FloatPicture
from plant_train.data.sample.blade import Blade, Pose, paint_blade
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.ground import lay_ground
from plant_train.data.sample.leaf_shape import LeafShape
from plant_train.data.sample.lesions import with_lesions
from plant_train.data.sample.light import shadow_of
from plant_train.data.sample.species import WEAR, Crop, SampleClass

WEAR_SHARE = 0.35
"""The part of all leaves that has a given kind of wear."""


@dataclass(frozen=True)
class PlacedLeaf:
    """A painted leaf and the `rows` and `columns` of the canvas that its picture takes up."""

    blade: Blade
    rows: slice
    columns: slice


def lay_scene(sample_class: SampleClass, rng: np.random.Generator, canvas: Canvas) -> FloatPicture:
    """Return a leaf of the class about the middle of some ground, in even light.

    Returns float32 [canvas.height, canvas.width, 3].
    """
    light_angle = rng.uniform(0, 2 * np.pi)
    ground = lay_ground(rng, canvas)
    leaf = grow_leaf(sample_class, rng, canvas, light_angle)
    height_above, shadow_depth = rng.uniform(0.006, 0.03) * canvas.side, rng.uniform(0.25, 0.6)
    return with_leaf(ground, leaf, light_angle, height_above, shadow_depth)


def with_leaf(
    ground: FloatPicture,
    leaf: PlacedLeaf,
    light_angle: float,
    height_above: float,
    shadow_depth: float,
) -> FloatPicture:
    """Return `ground` with `leaf` and its shadow (see `shadow_of`), float32 [height, width, 3]."""
    cover = np.zeros(ground.shape[:2], np.float32)
    cover[leaf.rows, leaf.columns] = leaf.blade.cover
    scene = ground * shadow_of(cover, light_angle, height_above, shadow_depth)[..., None]
    under_leaf = scene[leaf.rows, leaf.columns]
    under_leaf += leaf.blade.cover[..., None] * (leaf.blade.colour - under_leaf)
    return scene


def grow_leaf(
    sample_class: SampleClass, rng: np.random.Generator, canvas: Canvas, light_angle: float
) -> PlacedLeaf:
    """Return a leaf of the class, with its wear and lesions, at a random size and place."""
    crop = sample_class.crop
    pose = _pose(crop, rng, canvas)
    shape = crop.form(rng).mapped(_placement(pose, rng, canvas))
    rows, columns = _room_for(shape, canvas)
    to_room = np.array([[1.0, 0, -columns.start], [0, 1, -rows.start]])
    blade = paint_blade(
        shape.mapped(to_room),
        crop.look,
        pose,
        rng,
        height=rows.stop - rows.start,
        width=columns.stop - columns.start,
        light_angle=light_angle,
    )
    for wear in WEAR:
        if rng.random() < WEAR_SHARE:
            blade = with_lesions(blade, wear, rng.random(), rng)
    if sample_class.illness is not None:
        blade = with_lesions(blade, sample_class.illness, rng.beta(1.3, 1.3), rng)
    return PlacedLeaf(blade, rows, columns)


def _pose(crop: Crop, rng: np.random.Generator, canvas: Canvas) -> Pose:
    return Pose(
        length=rng.uniform(*crop.span) * canvas.side, direction=np.radians(rng.uniform(-45, 45))
    )


def _placement(pose: Pose, rng: np.random.Generator, canvas: Canvas) -> NDArray[np.float64]:
    """Return the affine map, float64 [2, 3], from leaf units to the canvas."""
    cos, sin = np.cos(pose.direction), np.sin(pose.direction)
    turned = np.array([[cos, -sin], [sin, cos]])
    # Seen at a slant, a leaf is shorter in one direction.
    slant, shorter = rng.uniform(0, np.pi), rng.uniform(0.85, 1)
    along = np.array([np.cos(slant), np.sin(slant)])
    tilted = np.eye(2) - (1 - shorter) * np.outer(along, along)
    astray = np.clip(rng.normal(0, 0.06, 2), -0.15, 0.15) * canvas.side
    middle = np.array([canvas.width, canvas.height]) / 2 + astray
    return np.column_stack([pose.length * tilted @ turned, middle])


def _room_for(shape: LeafShape, canvas: Canvas) -> tuple[slice, slice]:
    """Return the rows and columns of the canvas that a leaf takes up, not to paint all of it."""
    points = np.concatenate([*shape.outlines, *(stalk.points for stalk in shape.stalks)])
    rim = 0.02 * canvas.side
    left, top = np.floor(points.min(axis=0) - rim).clip(0).astype(int).tolist()
    right, bottom = np.ceil(points.max(axis=0) + rim).astype(int).tolist()
    return slice(top, min(bottom, canvas.height)), slice(left, min(right, canvas.width))
