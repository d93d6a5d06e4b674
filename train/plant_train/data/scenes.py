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
from plant_train.data.held_out_scenes import held_out_scenes
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.unreadable import require_readable
from plant_train.progress import track
from plant_train.recipe import Recipe

_RENDERED, _HELD_OUT_OF_RENDERED = 384, 38
_FOLIAGE_OF_A_CLASS, _LEAVES_OF_A_CLASS = 12, 24
# A picture of 256 x 256 takes 200 kB of memory.
_MOST_OF_A_FOLDER = 4000


@dataclass(frozen=True)
class SceneFolder:
    """Pictures of one folder, in memory.

    Args:
        paths: one a picture.
        pictures: square RGB uint8 [stored_side, stored_side, 3].
        fingerprint: sha256 over the files' contents, whatever their names.
    """

    root: Path
    paths: tuple[Path, ...]
    pictures: tuple[Picture, ...]
    fingerprint: str


@dataclass(frozen=True)
class OwnScenes:
    """A user's own pictures besides leaves.

    Args:
        backgrounds: to put leaves on.
        not_leaf: that show no leaf.
        held_out: indices of those of `not_leaf` that no batch shows.
    """

    backgrounds: SceneFolder | None = None
    not_leaf: SceneFolder | None = None
    held_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Scenes:
    """The pictures besides leaves that a training uses.

    Args:
        rendered: procedural ones; empty where the recipe needs none.
        backgrounds: the user's own to put leaves on.
        others: the user's own without a leaf that batches show.
        held_out: pictures without a leaf that no batch shows, to set the threshold by; of the
            user's own a tenth, else rendered from another seed, or none.
    """

    rendered: Sequence[Picture]
    backgrounds: Sequence[Picture]
    others: Sequence[Picture]
    held_out: Sequence[Picture]

    def training_pictures(self, leaves: CachedPictures, recipe: Recipe) -> TrainingPictures:
        """What batches are drawn from; a user's own pictures come up as often as rendered ones."""
        scenes = _in_equal_parts(self.rendered, self.backgrounds)
        return TrainingPictures(
            leaves,
            scenes=scenes,
            foliage=_foliage(leaves, scenes, recipe.seed) if recipe.augment.background else (),
            others=_in_equal_parts(self.rendered, self.others),
        )


def read_own_scenes(
    backgrounds: Path | None, not_leaf: Path | None, geometry: Geometry, seed: int
) -> OwnScenes:
    """Read the folders that a user named, and hold a tenth of `not_leaf` out.

    Raises:
        UserError: a folder has no picture, or some that cannot be read, or too few to hold out.
    """
    grounds = read_scenes(backgrounds, geometry) if backgrounds else None
    if not_leaf is None:
        return OwnScenes(grounds)
    nothing = read_scenes(not_leaf, geometry)
    return OwnScenes(grounds, nothing, held_out_scenes(nothing.root, nothing.paths, seed))


def gather_scenes(recipe: Recipe, geometry: Geometry, own: OwnScenes) -> Scenes:
    """Render what a recipe needs besides the user's own."""
    needed = recipe.augment.needs_scenes or recipe.outliers > 0
    others: Sequence[Picture] = ()
    held_out: Sequence[Picture] = ()
    if own.not_leaf:
        pictures = own.not_leaf.pictures
        held_out = [pictures[index] for index in sorted(own.held_out)]
        others = [shown for index, shown in enumerate(pictures) if index not in own.held_out]
    elif recipe.outliers > 0:
        held_out = rendered_scenes(recipe.seed + 1, geometry, _HELD_OUT_OF_RENDERED)
    return Scenes(
        rendered_scenes(recipe.seed, geometry) if needed else (),
        own.backgrounds.pictures if own.backgrounds else (),
        others,
        held_out,
    )


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
    chosen = scene_paths(root)
    pictures: list[Picture] = []
    faults: dict[str, UserError] = {}
    for path in track(chosen, len(chosen), f"reading {root}"):
        try:
            pictures.append(leaf_picture(read_picture(path), geometry))
        except UserError as error:
            faults[str(path)] = error
    require_readable(faults, of=len(chosen))
    return SceneFolder(root, tuple(chosen), tuple(pictures), fingerprint_of(chosen))


def scene_paths(root: Path) -> list[Path]:
    """The pictures of a folder that are used, at most 4,000.

    Raises:
        UserError: there is none.
    """
    paths = sorted(picture_paths(root))
    # Evenly through the folder, which may be sorted by what they show.
    return paths[:: -(-len(paths) // _MOST_OF_A_FOLDER)]


def fingerprint_of(paths: Sequence[Path]) -> str:
    """sha256 over files' contents, whatever their names."""
    digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _foliage(leaves: CachedPictures, scenes: Sequence[Picture], seed: int) -> list[list[Picture]]:
    """Rendered foliage of each class, from some of its leaves."""
    classes, side = len(leaves.classes), leaves.geometry.stored_side

    def of_class(label: int) -> list[Picture]:
        rng = np.random.default_rng((seed, label))
        chosen = rng.permutation(np.flatnonzero(leaves.labels == label))[:_LEAVES_OF_A_CLASS]
        cuttings = cut_out([leaves.leaf(int(index)) for index in chosen], rng)
        return [
            render_foliage(cuttings, scenes[int(rng.integers(len(scenes)))], side, rng)
            for _ in range(_FOLIAGE_OF_A_CLASS)
        ]

    return list(track(made_ahead(of_class, classes), classes, "rendering foliage"))


def _in_equal_parts(rendered: Sequence[Picture], own: Sequence[Picture]) -> list[Picture]:
    repeated = -(-len(rendered) // len(own)) if own else 0
    return [*rendered, *list(own) * max(1, repeated)]
