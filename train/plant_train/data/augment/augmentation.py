"""How a leaf picture is varied from epoch to epoch: what is drawn, and in which order."""

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from plant_device.contract.geometry import Picture
from plant_train.data.augment.background import on_ground
from plant_train.data.augment.blade_mask import leaf_or_blade_mask
from plant_train.data.augment.leaf_mask import Mask
from plant_train.data.augment.lens import compressed, noisy, out_of_focus, shaken
from plant_train.data.augment.light import relit, shadowed
from plant_train.data.augment.occlusion import occluded
from plant_train.data.augment.view import View, affine, seen

# The longer side of a leaf on another ground, in sides of the frame.
_LEAST_SPAN, _LARGEST_SPAN = 0.5, 1.7
# Of the other grounds, this part is foliage of the same class, as in a field.
_FOLIAGE = 0.5


def _probability(of: str) -> Any:
    return Field(default=0.0, ge=0, le=1, description=f"{of} Probability.")


class Augmentation(BaseModel):
    """Strengths and probabilities; the defaults are a random crop and mirror image alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    plain: float = _probability("Do no more than crop and mirror.")
    zoom: float = Field(default=1.0, ge=1, le=4, description="Enlarge up to so many times.")
    turn: float = Field(default=0.0, ge=0, le=180, description="Turn by up to so many degrees.")
    light: float = Field(
        default=0.0, ge=0, le=2, description="Vary exposure, contrast, colours; 1 is strong."
    )
    shadow: float = _probability("Throw a shadow of something beside the frame.")
    blur: float = _probability("Blur, out of focus or shaken.")
    grain: float = _probability("Add the noise of a small sensor.")
    compression: float = _probability("Compress as JPEG of low quality.")
    occlusion: float = _probability("Put something in front.")
    background: float = _probability("Put the leaf on another ground.")

    @property
    def needs_scenes(self) -> bool:
        """Whether `augmented` takes pictures of other grounds."""
        return self.background > 0 or self.occlusion > 0


def augmented(
    leaf: Picture,
    side: int,
    augmentation: Augmentation,
    scenes: Sequence[Picture],
    foliage: Sequence[Picture],
    rng: np.random.Generator,
) -> Picture:
    """One variation of a stored leaf picture.

    Args:
        leaf: RGB uint8 [stored_side, stored_side, 3].
        side: S of the network.
        scenes: other grounds, RGB uint8 of any square size; may be empty where the
            augmentation does not need them.
        foliage: leaves of the same class over each other, likewise; may be empty.

    Returns:
        RGB uint8 [side, side, 3]; a function of the arguments and the generator's state alone.
    """
    if rng.random() < augmentation.plain:
        return _inside(leaf, side, Augmentation(), rng)
    picture = _framed(leaf, side, augmentation, scenes, foliage, rng)
    if rng.random() < augmentation.occlusion:
        picture = occluded(picture, _ground(scenes, side, rng), rng)
    if rng.random() < augmentation.shadow:
        picture = shadowed(picture, rng)
    if augmentation.light > 0:
        picture = relit(picture, augmentation.light, rng)
    if rng.random() < augmentation.blur:
        picture = (out_of_focus, shaken)[int(rng.integers(2))](picture, rng)
    if rng.random() < augmentation.grain:
        picture = noisy(picture, rng)
    if rng.random() < augmentation.compression:
        picture = compressed(picture, rng)
    return picture


def _framed(
    leaf: Picture,
    side: int,
    augmentation: Augmentation,
    scenes: Sequence[Picture],
    foliage: Sequence[Picture],
    rng: np.random.Generator,
) -> Picture:
    mask = leaf_or_blade_mask(leaf, rng) if rng.random() < augmentation.background else None
    if mask is None:
        return _inside(leaf, side, augmentation, rng)
    span = math.exp(rng.uniform(math.log(_LEAST_SPAN), math.log(_LARGEST_SPAN)))
    matrix = _leaf_view(mask, side, span, augmentation.turn, rng)
    grounds = foliage if foliage and rng.random() < _FOLIAGE else scenes
    ground = _ground(grounds, side, rng)
    return on_ground(
        seen(leaf, matrix, side, cv2.BORDER_REPLICATE),
        seen(mask, matrix, side, cv2.BORDER_CONSTANT),
        ground,
        rng,
    )


def _inside(
    leaf: Picture, side: int, augmentation: Augmentation, rng: np.random.Generator
) -> Picture:
    """A window of the stored picture, which it fills but for the corners of a turned one."""
    scale = math.exp(rng.uniform(0, math.log(augmentation.zoom)))
    turn = math.radians(rng.uniform(-augmentation.turn, augmentation.turn))
    room = scale * leaf.shape[0] - side
    x, y = (int(rng.integers(int(room) + 1)) - room / 2 for _ in range(2))
    view = View(scale, turn, bool(rng.integers(2)), x, y)
    return seen(leaf, affine(view, leaf.shape[0], side), side, cv2.BORDER_REFLECT_101)


def _leaf_view(
    mask: Mask, side: int, span: float, turn: float, rng: np.random.Generator
) -> np.ndarray:
    """The map that makes a leaf so large, with its middle near that of the frame."""
    left, top, width, height = cv2.boundingRect((mask > 127).astype(np.uint8))
    scale = span * side / max(width, height)
    angle = math.radians(rng.uniform(-turn, turn))
    view = View(scale, angle, bool(rng.integers(2)))
    matrix = affine(view, mask.shape[0], side)
    middle = matrix @ np.array([left + width / 2, top + height / 2, 1])
    # A large leaf may go further: what is in the middle of the frame is leaf still.
    astray = rng.uniform(-1, 1, 2) * max(0.15, (span - 1) / 2) * side
    matrix[:, 2] += (side - 1) / 2 + astray - middle
    return matrix


def _ground(scenes: Sequence[Picture], side: int, rng: np.random.Generator) -> Picture:
    scene = scenes[int(rng.integers(len(scenes)))]
    scale = side / scene.shape[0] * rng.uniform(1.0, 2.0)
    view = View(scale, rng.uniform(0, 2 * math.pi), bool(rng.integers(2)))
    return seen(scene, affine(view, scene.shape[0], side), side, cv2.BORDER_REFLECT_101)
