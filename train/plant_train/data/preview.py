"""A sheet of pictures as a training sees them, to look at before hours are spent on it."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from plant_device.contract.atomic import write_atomically
from plant_device.contract.geometry import Geometry
from plant_train.data.cache import cache_pictures
from plant_train.data.labelled import LabelledPictures
from plant_train.data.pipeline import TrainingPictures, training_batches
from plant_train.data.scenes import gather_scenes, read_own_scenes
from plant_train.recipe import Recipe

_COLUMNS, _ROWS = 8, 6
_CELL = 150


def preview(
    path: Path,
    pictures: LabelledPictures,
    geometry: Geometry,
    recipe: Recipe,
    backgrounds: Path | None = None,
    not_leaf: Path | None = None,
) -> None:
    """Write a sheet of a few pictures of every class, without training.

    Raises:
        UserError: a picture cannot be read, or a folder has none.
    """
    chosen = pictures.subset(_spread(pictures))
    own = read_own_scenes(backgrounds, not_leaf, geometry, recipe.seed)
    scenes = gather_scenes(recipe, geometry, own)
    shown = scenes.training_pictures(cache_pictures(chosen, geometry), recipe)
    write_preview(path, shown, recipe)


def _spread(pictures: LabelledPictures) -> list[int]:
    """Some of each class, spread over it: enough for a sheet."""
    of_each = -(-_COLUMNS * _ROWS // len(pictures.classes)) + 1
    labels = np.array(pictures.labels)
    found: set[int] = set()
    for label in range(len(pictures.classes)):
        indices = np.flatnonzero(labels == label)
        places = np.linspace(0, len(indices) - 1, min(of_each, len(indices))).round()
        found.update(indices[places.astype(int)].tolist())
    return sorted(found)


def write_preview(path: Path, data: TrainingPictures, recipe: Recipe) -> None:
    """Write the first pictures of the first epoch as one JPEG, atomically.

    What is mixed, cut, replaced or added shows as it is; a recipe's outliers are among them.
    """
    sheet = Image.new("RGB", (_COLUMNS * _CELL, _ROWS * _CELL), "white")
    places = iter((column, row) for row in range(_ROWS) for column in range(_COLUMNS))
    shown = (picture for pictures, _ in training_batches(data, recipe, 0) for picture in pictures)
    for (column, row), picture in zip(places, shown, strict=False):
        cell = Image.fromarray(picture).resize((_CELL, _CELL), Image.Resampling.BILINEAR)
        sheet.paste(cell, (column * _CELL, row * _CELL))
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=85)
    write_atomically(path, content.getvalue())
