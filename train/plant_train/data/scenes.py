"""Pictures without a leaf of any class: rendered ones, and a user's own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_device.camera.folder import picture_paths
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry, Picture, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.data.ahead import made_ahead
from plant_train.data.augment.foliage import cut_out, render_foliage
from plant_train.data.augment.scenery import render_scene
from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.unreadable import require_readable
from plant_train.progress import track
from plant_train.recipe import Recipe

_RENDERED = 384
_HELD_OUT = 10
_FOLIAGE_OF_A_CLASS, _LEAVES_OF_A_CLASS = 12, 24
# A picture of 256 x 256 takes 200 kB of memory.
_MOST_OF_A_FOLDER = 4000


@dataclass(frozen=True)
class SceneFolder:
    """Pictures of one folder, in memory.

    Args:
        pictures: square RGB uint8 [stored_side, stored_side, 3].
        fingerprint: sha256 over the files' contents, whatever their names.
    """

    root: Path
    pictures: tuple[Picture, ...]
    fingerprint: str


@dataclass(frozen=True)
class Scenes:
    """The pictures besides leaves that a training uses.

    Args:
        rendered: procedural ones; empty where the recipe needs none.
        backgrounds: the user's own to put leaves on.
        not_leaf: the user's own that show no leaf.
        held_out: pictures without a leaf that no batch shows, to set the threshold by; of the
            user's own every tenth, else rendered from another seed, or none.
    """

    rendered: list[Picture]
    backgrounds: SceneFolder | None
    not_leaf: SceneFolder | None
    held_out: Sequence[Picture]

    def training_pictures(self, leaves: CachedPictures, recipe: Recipe) -> TrainingPictures:
        """What batches are drawn from; a user's own pictures come up as often as rendered ones."""
        grounds = self.backgrounds.pictures if self.backgrounds else ()
        nothing = _seen(self.not_leaf) if self.not_leaf else ()
        scenes = _in_equal_parts(self.rendered, grounds)
        return TrainingPictures(
            leaves,
            scenes=scenes,
            foliage=_foliage(leaves, scenes, recipe.seed) if recipe.augment.background else (),
            others=_in_equal_parts(self.rendered, nothing),
        )


def gather_scenes(
    recipe: Recipe, geometry: Geometry, backgrounds: Path | None, not_leaf: Path | None
) -> Scenes:
    """Render and read what a recipe needs.

    Raises:
        UserError: a folder has no picture, or some that cannot be read.
    """
    # Before anything is rendered: both may have faults to tell.
    grounds = read_scenes(backgrounds, geometry) if backgrounds else None
    nothing = read_scenes(not_leaf, geometry) if not_leaf else None
    needed = recipe.augment.needs_scenes or recipe.outliers > 0
    held_out: Sequence[Picture] = ()
    if nothing:
        held_out = nothing.pictures[::_HELD_OUT]
    elif recipe.outliers > 0:
        held_out = rendered_scenes(recipe.seed + 1, geometry, _RENDERED // _HELD_OUT)
    return Scenes(
        rendered_scenes(recipe.seed, geometry) if needed else [],
        grounds,
        nothing,
        held_out,
    )


def _seen(folder: SceneFolder) -> list[Picture]:
    return [picture for number, picture in enumerate(folder.pictures) if number % _HELD_OUT != 0]


def rendered_scenes(seed: int, geometry: Geometry, count: int = _RENDERED) -> list[Picture]:
    """Procedural grounds and things, the same for equal seeds."""

    def scene(number: int) -> Picture:
        return render_scene(np.random.default_rng((seed, number)), geometry.stored_side)

    return list(track(made_ahead(scene, count), count, "rendering other grounds"))


def read_scenes(root: Path, geometry: Geometry) -> SceneFolder:
    """Read the pictures of a folder and of the folders in it, at most 4,000 of them.

    Raises:
        UserError: there is no picture, or some cannot be read; counts them, and names the first.
    """
    paths = sorted(picture_paths(root))
    # Evenly through the folder, which may be sorted by what they show.
    chosen = paths[:: -(-len(paths) // _MOST_OF_A_FOLDER)]
    pictures: list[Picture] = []
    digests: list[str] = []
    faults: dict[str, UserError] = {}
    for path in track(chosen, len(chosen), f"reading {root}"):
        try:
            pictures.append(leaf_picture(read_picture(path), geometry))
            digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        except UserError as error:
            faults[str(path)] = error
    require_readable(faults, of=len(chosen))
    fingerprint = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
    return SceneFolder(root, tuple(pictures), fingerprint)


def _foliage(leaves: CachedPictures, scenes: Sequence[Picture], seed: int) -> list[list[Picture]]:
    """Rendered foliage of each class, from some of its leaves."""
    classes, side = len(leaves.classes), leaves.geometry.stored_side

    def of_class(label: int) -> list[Picture]:
        rng = np.random.default_rng((seed, label))
        chosen = rng.permutation(np.flatnonzero(leaves.labels == label))[:_LEAVES_OF_A_CLASS]
        cuttings = cut_out([leaves.leaf(int(index)) for index in chosen])
        return [
            render_foliage(cuttings, scenes[int(rng.integers(len(scenes)))], side, rng)
            for _ in range(_FOLIAGE_OF_A_CLASS)
        ]

    return list(track(made_ahead(of_class, classes), classes, "rendering foliage"))


def _in_equal_parts(rendered: Sequence[Picture], own: Sequence[Picture]) -> list[Picture]:
    repeated = -(-len(rendered) // len(own)) if own else 0
    return [*rendered, *list(own) * max(1, repeated)]
