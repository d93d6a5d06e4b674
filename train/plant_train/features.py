"""A frozen backbone's features, computed once and kept while only the head learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from plant_train.archs.architecture import Architecture
from plant_train.checkpoint import require_room
from plant_train.data.balance import epoch_order
from plant_train.data.pipeline import (
    Batch,
    TrainingPictures,
    picture_views,
    prediction_steps,
    targets,
)
from plant_train.progress import track
from plant_train.recipe import Recipe

VIEWS = 2
"""Variations of a picture whose features are kept; epochs take them in turn."""

_BATCH = 64


@dataclass(frozen=True)
class Features:
    """Features of all training pictures.

    Args:
        views: float16 [VIEWS, n, ...], on the disk.
        targets: float32 [n, N].
        labels: int [n].
    """

    views: np.ndarray
    targets: np.ndarray
    labels: np.ndarray


def compute_features(
    model: keras.Model,
    architecture: Architecture,
    data: TrainingPictures,
    recipe: Recipe,
    path: Path,
) -> Features:
    """Run every training picture through the backbone, in each of its views."""
    backbone = keras.Model(model.input, model.get_layer(architecture.features).output)
    count = len(data.pictures)
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (VIEWS, count, *backbone.output.shape[1:])
    # A write to mapped memory that finds no room kills the process.
    require_room(path.parent, int(np.prod(shape)) * np.dtype(np.float16).itemsize, "features")
    views = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)

    @tf.function(reduce_retracing=True)
    def run(pictures: tf.Tensor) -> tf.Tensor:
        return tf.cast(backbone(tf.cast(pictures, tf.float32), training=False), tf.float32)

    steps = VIEWS * prediction_steps(count, _BATCH)
    done = 0
    batches = (
        batch for view in range(VIEWS) for batch in picture_views(data, recipe, view, _BATCH)
    )
    flat = views.reshape(VIEWS * count, *shape[2:])
    for batch in track(batches, steps, "features of the frozen layers"):
        flat[done : done + len(batch)] = run(tf.constant(batch)).numpy()
        done += len(batch)
    return Features(views, targets(data.pictures, recipe), data.pictures.labels)


def feature_batches(features: Features, recipe: Recipe, epoch: int) -> Iterator[Batch]:
    """The batches of one epoch of the head: float32 [batch, ...] and [batch, N]."""
    steps = max(1, len(features.labels) // recipe.batch)
    rng = np.random.default_rng((recipe.seed, epoch))
    order = epoch_order(features.labels, steps * recipe.batch, recipe.balance, rng)
    view = features.views[epoch % VIEWS]
    for step in range(steps):
        chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
        # Halves on the disk alone: TensorFlow computes slowly with them on processors.
        yield view[chosen].astype(np.float32), features.targets[chosen]


def head_of(model: keras.Model, architecture: Architecture) -> keras.Model:
    """The layers after the features as a model of their own; they share their weights."""
    names = [layer.name for layer in model.layers]
    start = names.index(architecture.features)
    x = inputs = keras.Input(model.layers[start].output.shape[1:])
    for layer in model.layers[start + 1 :]:
        x = layer(x)
    return keras.Model(inputs, x)
