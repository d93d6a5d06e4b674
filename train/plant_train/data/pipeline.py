"""From cached pictures to batches, on threads beside the training step.

Every draw is keyed by (seed, epoch, place): a training that is resumed sees what an
uninterrupted one would have seen, whichever thread makes a batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from plant_device.contract.geometry import Picture
from plant_train.data.ahead import made_ahead
from plant_train.data.augment.augmentation import Augmentation, augmented
from plant_train.data.balance import class_weights, epoch_order
from plant_train.data.cache import CachedPictures
from plant_train.data.mixing import cut_mixed, mixed_up
from plant_train.data.outliers import outlier
from plant_train.recipe import Recipe

Batch = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class TrainingPictures:
    """What a training draws its batches from.

    Args:
        scenes: other grounds than the pictures' own, square RGB uint8.
        foliage: by class, grounds that show more of the same leaves.
        others: pictures that show no leaf, square RGB uint8; at least the scenes.
    """

    pictures: CachedPictures
    scenes: Sequence[Picture] = ()
    foliage: Sequence[Sequence[Picture]] = ()
    others: Sequence[Picture] = ()


def leaves_in_a_batch(recipe: Recipe) -> int:
    """Pictures of a batch that are not outliers; at least one."""
    return max(1, recipe.batch - round(recipe.outliers * recipe.batch))


def steps_per_epoch(pictures: int, recipe: Recipe) -> int:
    """Whole batches in an epoch: what is left over is another picture in each epoch."""
    return max(1, pictures // leaves_in_a_batch(recipe))


def training_batches(data: TrainingPictures, recipe: Recipe, epoch: int) -> Iterator[Batch]:
    """The batches of one epoch.

    Yields:
        pictures uint8 [batch, S, S, 3] and targets float32 [batch, N]; a target's sum is its
        weight in the loss.
    """
    pictures, leaves = data.pictures, leaves_in_a_batch(recipe)
    steps = steps_per_epoch(len(pictures), recipe)
    order = epoch_order(
        pictures.labels,
        steps * leaves,
        recipe.balance,
        np.random.default_rng((recipe.seed, epoch)),
    )
    rows = targets(pictures, recipe)
    augment = recipe.augment_in(epoch)

    def batch(step: int) -> Batch:
        rng = np.random.default_rng((recipe.seed, epoch, step))
        chosen = order[step * leaves : (step + 1) * leaves]
        shown = [_view(data, augment, int(index), rng) for index in chosen]
        made = np.stack(shown), rows[chosen]
        made = _mixed(made, recipe, rng)
        return _with_outliers(made, data, recipe, chosen, rng)

    return made_ahead(batch, steps)


def picture_views(
    data: TrainingPictures, recipe: Recipe, view: int, batch: int
) -> Iterator[np.ndarray]:
    """Batches of one variation of every picture, uint8 [<= batch, S, S, 3], in order."""
    pictures = data.pictures

    def views(step: int) -> np.ndarray:
        indices = range(step * batch, min((step + 1) * batch, len(pictures)))
        rng = np.random.default_rng((recipe.seed, view, step))
        return np.stack([_view(data, recipe.augment, index, rng) for index in indices])

    return made_ahead(views, prediction_steps(len(pictures), batch))


def stored_leaves(pictures: CachedPictures, batch: int) -> Iterator[np.ndarray]:
    """Batches of whole leaf pictures in order: uint8 [<= batch, stored, stored, 3]."""

    def leaves(step: int) -> np.ndarray:
        indices = range(step * batch, min((step + 1) * batch, len(pictures)))
        return np.stack([pictures.leaf(index) for index in indices])

    return made_ahead(leaves, prediction_steps(len(pictures), batch))


def prediction_steps(pictures: int, batch: int) -> int:
    """Batches that hold all the pictures, the last one perhaps in part."""
    return -(-pictures // batch)


def targets(pictures: CachedPictures, recipe: Recipe) -> np.ndarray:
    """One row a picture: its class's weight times its smoothed class, float32 [n, N]."""
    classes = len(pictures.classes)
    smoothed = (1 - recipe.label_smoothing) * np.eye(classes) + recipe.label_smoothing / classes
    weights = class_weights(pictures.labels, classes, recipe.balance)
    rows = (weights[:, np.newaxis] * smoothed).astype(np.float32)
    return np.asarray(rows[pictures.labels])


def _view(
    data: TrainingPictures, augment: Augmentation, index: int, rng: np.random.Generator
) -> Picture:
    pictures = data.pictures
    foliage = data.foliage[pictures.labels[index]] if data.foliage else ()
    side = pictures.geometry.input_side
    return augmented(pictures.leaf(index), side, augment, data.scenes, foliage, rng)


def _mixed(batch: Batch, recipe: Recipe, rng: np.random.Generator) -> Batch:
    draw = rng.random()
    if draw < recipe.mixup:
        return mixed_up(*batch, rng)
    if draw < recipe.mixup + recipe.cutmix:
        return cut_mixed(*batch, rng)
    return batch


def _with_outliers(
    batch: Batch,
    data: TrainingPictures,
    recipe: Recipe,
    chosen: np.ndarray,
    rng: np.random.Generator,
) -> Batch:
    shown, rows = batch
    missing = recipe.batch - len(shown)
    if not missing:
        return batch
    side, classes = shown.shape[1], rows.shape[1]
    leaves = [data.pictures.leaf(int(index)) for index in np.resize(chosen, missing)]
    outliers = np.stack([outlier(leaf, data.others, side, rng) for leaf in leaves])
    nothing = np.full((missing, classes), 1 / classes, np.float32)
    return np.concatenate([shown, outliers]), np.concatenate([rows, nothing])
