"""From cached pictures to batches, inside TensorFlow, beside the training step."""

from typing import Any

import numpy as np
import tensorflow as tf

from plant_train.data.augment import picture_key, random_crop_and_mirror
from plant_train.data.balance import Balance, epoch_order
from plant_train.data.cache import CHANNELS, CachedPictures

_PREFETCHED_BATCHES = 4


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Whole batches in an epoch: what is left over is another picture in each epoch."""
    return max(1, pictures // batch)


def prediction_steps(pictures: int, batch: int) -> int:
    """Batches that hold all the pictures, the last one perhaps in part."""
    return -(-pictures // batch)


def training_batches(
    pictures: CachedPictures, batch: int, seed: int, epochs: range, balance: Balance = "none"
) -> "tf.data.Dataset":
    """Batches of the given epochs, one after another without a gap between them.

    Each epoch has its own order and crops, which depend on the seed and the epoch's number
    alone: a training that is resumed sees what an uninterrupted one would have seen.

    Returns:
        a data set of (uint8 [batch, S, S, 3], int32 [batch]).
    """
    steps = steps_per_epoch(len(pictures), batch)
    orders = [
        epoch_order(pictures.labels, steps * batch, balance, np.random.default_rng((seed, epoch)))
        for epoch in epochs
    ]
    numbers = np.repeat(np.array(epochs, dtype=np.int32), steps * batch)
    entries = tf.constant([str(entry) for entry in pictures.entries])
    labels = tf.constant(pictures.labels)
    side = pictures.geometry.input_side

    def load(epoch: Any, index: Any) -> tuple[Any, Any]:
        leaf = _read_leaf(entries[index], pictures)
        return random_crop_and_mirror(leaf, side, picture_key(seed, epoch, index)), labels[index]

    order = np.concatenate(orders)
    return (
        tf.data.Dataset.from_tensor_slices((numbers, order))
        .map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .batch(batch, drop_remainder=True)
        .prefetch(_PREFETCHED_BATCHES)
    )


def stored_leaves(pictures: CachedPictures, batch: int) -> "tf.data.Dataset":
    """Batches of whole leaf pictures in order: uint8 [<= batch, stored, stored, 3]."""

    def load(entry: Any) -> Any:
        return _read_leaf(entry, pictures)

    return (
        tf.data.Dataset.from_tensor_slices([str(entry) for entry in pictures.entries])
        .map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .batch(batch)
        .prefetch(_PREFETCHED_BATCHES)
    )


def _read_leaf(entry: Any, pictures: CachedPictures) -> Any:
    side = pictures.geometry.stored_side
    return tf.reshape(tf.io.decode_raw(tf.io.read_file(entry), tf.uint8), (side, side, CHANNELS))
