"""Logits of a Keras model for cached pictures, as the device would crop them."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from plant_device.contract.geometry import Geometry, Picture, centre_crop
from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import prediction_steps, stored_leaves
from plant_train.judge.crops import Crop, crops_of
from plant_train.progress import track

_BATCH = 64


def predict_logits(
    model: keras.Model, pictures: CachedPictures, what: str, crops: int = 1
) -> np.ndarray:
    """Logits float32 [n, N] in the pictures' order, averaged over the crops.

    The mean of logits is, softmaxed, the normalised geometric mean of the crops'
    probabilities; so temperature and energy keep their meaning. (Krizhevsky 2012 averages the
    probabilities.)

    Args:
        what: names the work in its progress.
        crops: 1 is what the device sees; 2 and 10 as in `judge.crops`.
    """
    views, side = crops_of(pictures.geometry, crops), pictures.geometry.input_side
    batches = stored_leaves(pictures, _BATCH)
    steps = prediction_steps(len(pictures), _BATCH)
    return np.concatenate(
        [
            np.mean([_logits(model, _cut(batch, view, side)).numpy() for view in views], axis=0)
            for batch in track(batches, steps, what)
        ]
    )


def picture_logits(
    model: keras.Model, pictures: Sequence[Picture], geometry: Geometry
) -> np.ndarray:
    """Logits float32 [n >= 1, N] of the centre crops of leaf pictures in memory."""
    crops = [centre_crop(picture, geometry) for picture in pictures]
    starts = range(0, len(crops), _BATCH)
    return np.concatenate(
        [
            _logits(model, tf.constant(np.stack(crops[start : start + _BATCH]))).numpy()
            for start in starts
        ]
    )


def _cut(leaves: np.ndarray, crop: Crop, side: int) -> tf.Tensor:
    cut = leaves[:, crop.top : crop.top + side, crop.left : crop.left + side]
    return tf.constant(cut[:, :, ::-1] if crop.mirrored else cut)


# One function for all calls: it is traced once a model, not once an epoch.
@tf.function(reduce_retracing=True)
def _logits(model: keras.Model, batch: tf.Tensor) -> tf.Tensor:
    return model(tf.cast(batch, tf.float32), training=False)
