"""What training does to a leaf picture: stateless, a function of (seed, epoch, index).

Random ops inside a parallel `map` are not reproducible unless they are stateless
(tensorflow.org/guide/random_numbers), so every draw is keyed by the picture's place.
"""

from typing import Any

import tensorflow as tf

CROP, MIRROR = 0, 1


def random_crop_and_mirror(leaf: Any, side: int, key: Any) -> Any:
    """Crop a random `side` x `side` square, and mirror it left to right half of the time.

    Quarter turns were tried too: at 10 epochs they cost more (docs/results.md).

    Args:
        leaf: uint8 [stored_side, stored_side, 3].
        side: S of the network.
        key: int32 [2]; equal keys give equal pictures.

    Returns:
        uint8 [side, side, 3].
    """
    crop = tf.image.stateless_random_crop(leaf, (side, side, 3), seed=_fold(key, CROP))
    return tf.image.stateless_random_flip_left_right(crop, seed=_fold(key, MIRROR))


def picture_key(seed: int, epoch: Any, index: Any) -> Any:
    """The key of one picture in one epoch of one seed: int32 [2]."""
    return tf.random.experimental.stateless_fold_in(
        tf.stack([tf.constant(seed, tf.int32), tf.cast(epoch, tf.int32)]), index
    )


def _fold(key: Any, draw: int) -> Any:
    return tf.random.experimental.stateless_fold_in(key, draw)
