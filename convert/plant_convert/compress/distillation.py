"""A smaller head learns the whole model's logits (Ba & Caruana 2014, arXiv:1312.6184).

From pictures of leaves and of what is none, as the training showed both: so the energy by which
*not a leaf* is told is kept too, not the first class alone.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from plant_train.progress import Meter

# More of it, at a higher rate, brings answers for pictures that are held out no nearer
# (docs/results.md).
_BATCH, _STEPS, _RATE = 128, 1000, 1e-4


def distil(
    head: keras.Model, features: np.ndarray, logits: np.ndarray, seed: int, what: str
) -> None:
    """Teach a head; mean square error, Adam at a rate that falls to nothing.

    Args:
        features: float16 [n, ...], what it sees.
        logits: float32 [n, N], what it shall say.
        what: names the work in its progress.
    """
    steps = len(logits) // _BATCH or 1
    epochs = math.ceil(_STEPS / steps)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, epochs * steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(head.trainable_variables)

    @tf.function(reduce_retracing=True, jit_compile=True)
    def step(features: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            given = head(tf.cast(features, tf.float32), training=True)
            loss = tf.reduce_mean(tf.square(given - logits))
        gradients = tape.gradient(loss, head.trainable_variables)
        optimizer.apply_gradients(zip(gradients, head.trainable_variables, strict=True))
        return loss

    with Meter(epochs * steps, what) as meter:
        for epoch in range(epochs):
            order = np.random.default_rng((seed, epoch)).permutation(len(logits))
            for chosen in np.array_split(order[: steps * _BATCH], steps):
                loss = float(step(features[chosen], logits[chosen]))
                meter.advance(note=f"error {math.sqrt(loss):.3f}")
