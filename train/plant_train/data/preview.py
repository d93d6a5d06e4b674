"""A sheet of pictures as a training sees them, to look at before hours are spent on it."""

import io
from pathlib import Path

from PIL import Image

from plant_device.contract.atomic import write_atomically
from plant_device.contract.geometry import Geometry
from plant_train.data.cache import cache_pictures
from plant_train.data.labelled import LabelledPictures
from plant_train.data.pipeline import TrainingPictures, training_batches
from plant_train.data.scenes import gather_scenes
from plant_train.recipe import Recipe

_COLUMNS, _ROWS = 8, 6
_CELL = 150
_ENOUGH = 96


def preview(
    path: Path,
    pictures: LabelledPictures,
    geometry: Geometry,
    recipe: Recipe,
    backgrounds: Path | None = None,
    not_leaf: Path | None = None,
) -> None:
    """Write a sheet of a few of the pictures, spread over all of them, without training.

    Raises:
        UserError: a picture cannot be read, or a folder has none.
    """
    chosen = pictures.subset(range(0, len(pictures), -(-len(pictures) // _ENOUGH)))
    scenes = gather_scenes(recipe, geometry, backgrounds, not_leaf)
    shown = scenes.training_pictures(cache_pictures(chosen, geometry), recipe)
    # Rare classes are not all among the few.
    write_preview(path, shown, recipe.model_copy(update={"balance": "none"}))


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
