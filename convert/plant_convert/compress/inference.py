"""What models give for batches of pictures."""

import keras
import tensorflow as tf


# One function for all calls: it is traced once a model.
@tf.function(reduce_retracing=True)
def batch_outputs(model: keras.Model, batch: tf.Tensor) -> tf.Tensor:
    """The model's output for uint8 [B, S, S, 3], as when it is used; float32."""
    return tf.cast(model(tf.cast(batch, tf.float32), training=False), tf.float32)
