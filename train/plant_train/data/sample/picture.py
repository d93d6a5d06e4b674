"""Renders one picture of the data set."""

from __future__ import annotations

import zlib

import numpy as np

from plant_train.data.sample.arrays import RgbPicture
from plant_train.data.sample.camera import draw_exposure, taken
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.light import draw_light, illuminated
from plant_train.data.sample.scene import lay_scene
from plant_train.data.sample.species import SampleClass


def render_leaf_picture(
    sample_class: SampleClass, seed: int, index: int, side: int = 256
) -> RgbPicture:
    """Return picture number `index` (from 0) of a class: RGB uint8 [side, side, 3].

    It depends on the arguments alone, so pictures can be rendered in any order and any process.
    """
    rng = leaf_generator(sample_class, seed, index)
    scene = lay_scene(sample_class, rng, Canvas(height=side, width=side, side=side))
    return taken(illuminated(scene, draw_light(rng)), draw_exposure(rng, side), rng)


def leaf_generator(sample_class: SampleClass, seed: int, index: int) -> np.random.Generator:
    """Return the random numbers of leaf `index` (from 0) of a class; `seed` is 0 or more."""
    # crc32, because Python's own hash of a string differs from process to process.
    return np.random.default_rng([seed, zlib.crc32(sample_class.name.encode()), index])
