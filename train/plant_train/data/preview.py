"""A sheet of pictures as a training sees them, to look at before hours are spent on it."""

import io
from pathlib import Path

from PIL import Image

from plant_device.contract.atomic import write_atomically
from plant_train.data.pipeline import TrainingPictures, training_batches
from plant_train.recipe import Recipe

_COLUMNS, _ROWS = 8, 6
_CELL = 150


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
