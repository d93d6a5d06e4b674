"""Pictures without a leaf of any class: rendered ones, and a user's own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_device.camera.folder import picture_paths
from plant_device.contract.geometry import Geometry, Picture, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.data.augment.scenery import render_scene
from plant_train.progress import track

_RENDERED = 384
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


def rendered_scenes(seed: int, geometry: Geometry) -> list[Picture]:
    """Procedural grounds and things, the same for equal seeds."""
    numbers = track(range(_RENDERED), _RENDERED, "rendering other grounds")
    return [
        render_scene(np.random.default_rng((seed, number)), geometry.stored_side)
        for number in numbers
    ]


def read_scenes(root: Path, geometry: Geometry) -> SceneFolder:
    """Read the pictures of a folder and of the folders in it, at most 4,000 of them.

    Raises:
        UserError: there is no picture, or one cannot be read.
    """
    paths = sorted(picture_paths(root))
    # Evenly through the folder, which may be sorted by what they show.
    chosen = paths[:: -(-len(paths) // _MOST_OF_A_FOLDER)]
    pictures: list[Picture] = []
    digests: list[str] = []
    for path in track(chosen, len(chosen), f"reading {root}"):
        pictures.append(leaf_picture(read_picture(path), geometry))
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    fingerprint = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
    return SceneFolder(root, tuple(pictures), fingerprint)
