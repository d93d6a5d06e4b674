"""Which part of a picture spoke for an answer: Grad-CAM, for any of our architectures."""

import cv2
import keras
import numpy as np
import tensorflow as tf

from plant_device.contract.geometry import Picture
from plant_train.report.spatial import last_spatial_layer

_HEAT_SHARE = 0.45


def grad_cam(model: keras.Model, pictures: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Selvaraju et al. 2017 (arXiv:1610.02391), equations 1 and 2.

    Each map of the last spatial layer is weighted by the mean gradient of the answer's logit
    over it; what speaks for the answer is kept, scaled to a maximum of 1 where there is any.

    Args:
        pictures: uint8 [n, S, S, 3].
        answers: int [n], the class to explain.

    Returns:
        float32 [n, h, w] in 0..1, at that layer's resolution.
    """
    both = keras.Model(model.inputs, [last_spatial_layer(model).output, model.output])
    with tf.GradientTape() as tape:
        maps, logits = both(tf.cast(pictures, tf.float32), training=False)
        explained = tf.reduce_sum(tf.gather(logits, answers, axis=1, batch_dims=1))
    weights = tf.reduce_mean(tape.gradient(explained, maps), axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()
    highest = heat.max(axis=(1, 2), keepdims=True)
    return np.asarray(heat / np.where(highest > 0, highest, 1))


def overlay(picture: Picture, heat: np.ndarray) -> Picture:
    """The RGB picture with the heat [h, w] in 0..1 laid over it, blue to red."""
    height, width = picture.shape[:2]
    smooth = cv2.resize(heat.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    levels = (np.clip(smooth, 0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)
    mixed = cv2.addWeighted(colours, _HEAT_SHARE, picture, 1 - _HEAT_SHARE, 0)
    return np.asarray(mixed, dtype=np.uint8)
