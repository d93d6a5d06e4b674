"""What training does to a leaf picture: stateless, a function of (seed, epoch, index).

Random ops inside a parallel `map` are not reproducible unless they are stateless
(tensorflow.org/guide/random_numbers), so every draw is keyed by the picture's place.
"""

from typing import Any

import tensorflow as tf

CROP, MIRROR, TURN = 0, 1, 2


def random_crop_and_orientation(leaf: Any, side: int, key: Any) -> Any:
    """Crop a random `side` x `side` square and lay it in one of its 8 orientations.

    A leaf on a table has no upper side: mirror images and quarter turns are as likely.

    Args:
        leaf: uint8 [stored_side, stored_side, 3].
        side: S of the network.
        key: int32 [2]; equal keys give equal pictures.

    Returns:
        uint8 [side, side, 3].
    """
    crop = tf.image.stateless_random_crop(leaf, (side, side, 3), seed=_fold(key, CROP))
    mirrored = tf.image.stateless_random_flip_left_right(crop, seed=_fold(key, MIRROR))
    turns = tf.random.stateless_uniform((), _fold(key, TURN), 0, 4, tf.int32)
    return tf.ensure_shape(tf.image.rot90(mirrored, turns), (side, side, 3))


def picture_key(seed: int, epoch: Any, index: Any) -> Any:
    """The key of one picture in one epoch of one seed: int32 [2]."""
    return tf.random.experimental.stateless_fold_in(
        tf.stack([tf.constant(seed, tf.int32), tf.cast(epoch, tf.int32)]), index
    )


def _fold(key: Any, draw: int) -> Any:
    return tf.random.experimental.stateless_fold_in(key, draw)
