"""What a smaller model learns from: pictures as the training showed them."""

import math
import os
import tempfile
from itertools import chain, islice
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from plant_convert.compress.inference import batch_outputs
from plant_train.checkpoint import require_room
from plant_train.data.pipeline import TrainingPictures, steps_per_epoch, training_batches
from plant_train.progress import track
from plant_train.recipe import Recipe

# Variations of every training picture, up to a number that learning is still quick with.
_VARIED = 3
_EPOCHS = _VARIED + 1
_MOST = 24_000
_BATCH = 64


def write_lessons(data: TrainingPictures, recipe: Recipe, folder: Path) -> np.ndarray:
    """Training pictures as the recipe shows them.

    Varied as in its first epochs, and once as in its last, which may be calm: the gate's pictures
    are not varied either.

    Args:
        folder: on whose disk the pictures are; under no name, so that no kill leaves them there.

    Returns:
        uint8 [n, S, S, 3], mapped from there.

    Raises:
        UserError: they do not fit on the disk.
    """
    epochs = [*range(_VARIED), max(_VARIED, recipe.all_epochs - 1)]
    side = data.pictures.geometry.input_side
    shape = lessons_shape(len(data.pictures), recipe, (side, side, 3))
    needed, steps = math.prod(shape), shape[0] // recipe.batch
    each = steps // _EPOCHS
    require_room(folder, needed, "pictures to compress with")
    with tempfile.TemporaryFile(dir=folder) as file:
        # Else a disk that others fill would end the process when a page is written back.
        os.posix_fallocate(file.fileno(), 0, needed)
        pictures = np.memmap(file, np.uint8, "r+", shape=shape)
    shown = chain.from_iterable(
        islice(training_batches(data, recipe, epoch), each) for epoch in epochs
    )
    for step, (batch, _) in enumerate(track(shown, steps, "pictures to compress with")):
        pictures[step * recipe.batch : (step + 1) * recipe.batch] = batch
    return pictures


def lessons_shape(
    pictures: int, recipe: Recipe, picture: tuple[int, int, int]
) -> tuple[int, int, int, int]:
    """That of what `write_lessons` gives for so many training pictures; a byte each.

    Args:
        picture: the shape of one, (S, S, 3).
    """
    each = steps_per_epoch(pictures, recipe)
    # Of each epoch so many steps are shown.
    shown = min(each, max(1, _MOST // (_EPOCHS * recipe.batch)))
    return (_EPOCHS * shown * recipe.batch, *picture)


def outputs(
    model: keras.Model, pictures: np.ndarray, what: str, dtype: type[np.floating]
) -> np.ndarray:
    """What a model gives for pictures uint8 [n, S, S, 3].

    Args:
        what: names the work in its progress.
    """
    starts = range(0, len(pictures), _BATCH)
    return np.concatenate(
        [
            batch_outputs(model, tf.constant(pictures[start : start + _BATCH]))
            .numpy()
            .astype(dtype)
            for start in track(starts, len(starts), what)
        ]
    )
