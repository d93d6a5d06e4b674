"""Logits of a Keras model for cached pictures, as the device would crop them."""

import keras
import numpy as np
import tensorflow as tf

from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import centre_crops, prediction_steps
from plant_train.progress import track

_BATCH = 64


def predict_logits(model: keras.Model, pictures: CachedPictures, what: str) -> np.ndarray:
    """Logits float32 [n, N] of the centre crops, in the pictures' order.

    Args:
        what: names the work in its progress.
    """
    batches = centre_crops(pictures, _BATCH)
    steps = prediction_steps(len(pictures), _BATCH)
    return np.concatenate(
        [_logits(model, tf.constant(batch)).numpy() for batch in track(batches, steps, what)]
    )


# One function for all calls: it is traced once a model, not once an epoch.
@tf.function(reduce_retracing=True)
def _logits(model: keras.Model, batch: tf.Tensor) -> tf.Tensor:
    return model(tf.cast(batch, tf.float32), training=False)
