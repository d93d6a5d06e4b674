"""Layers that Keras does not have, or not fast enough."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="plant_train")
class GroupedConv2D(keras.layers.Conv2D):
    """A `Conv2D(groups=G)` that trains as G half convolutions and a concatenation.

    TensorFlow's own grouped kernel is several times slower in the backward pass on
    processors (docs and `benchmarks/training_step.py` have the figures). Weights and
    configuration are those of `Conv2D`, so conversion puts the plain layer in its place
    and gets one grouped op.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve each group of input channels with its own kernels."""
        halves = zip(
            tf.split(inputs, self.groups, axis=-1),
            tf.split(kernel, self.groups, axis=-1),
            strict=True,
        )
        return tf.concat(
            [
                tf.nn.conv2d(half, weights, self.strides, self.padding.upper())
                for half, weights in halves
            ],
            axis=-1,
        )


@keras.saving.register_keras_serializable(package="plant_train")
class LocalResponseNormalization(keras.layers.Layer):
    """Krizhevsky 2012, section 3.3: x / (k + alpha * sum of x^2 over n channels) ** beta.

    Args:
        size: n, the channels that are summed over; odd.
        alpha: the factor of the sum, as in the paper and in TensorFlow; Caffe divides its
            own by n, so its 1e-4 at size 5 is 2e-5 here.
        beta: the exponent.
        k: the constant.
    """

    def __init__(self, size: int, alpha: float, beta: float, k: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if beta != 0.75 or size % 2 == 0:
            raise ValueError(f"expected beta 0.75 and an odd size. Received: {beta}, {size}")
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Normalise float [B, H, W, C]; the same function, fast in training."""
        if training:
            return _trainable_lrn(inputs, self.size, self.alpha, self.k)
        # The op that TFLite has; TensorFlow's kernel takes no bfloat16.
        normalised = tf.nn.local_response_normalization(
            tf.cast(inputs, tf.float32), self.size // 2, self.k, self.alpha, self.beta
        )
        return tf.cast(normalised, inputs.dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return {**super().get_config(), **own}


def _trainable_lrn(inputs: Any, size: int, alpha: float, k: float) -> Any:
    """LRN at beta 0.75 whose window sums are 1x1 convolutions with a banded matrix.

    TensorFlow's kernel and its gradient are scalar code in float32 that takes a third of
    AlexNet's training step; a banded 1x1 convolution runs on the matrix units in the
    inputs' own dtype. With s = k + alpha * W(x^2) and y = x * s^-0.75 the gradient is
    dy * s^-0.75 - 1.5 * alpha * x * W(dy * y / s), W being its own transpose.
    """
    channels = inputs.shape[-1]
    distance = np.abs(np.subtract.outer(np.arange(channels), np.arange(channels)))
    band = tf.constant((distance <= size // 2)[np.newaxis, np.newaxis], inputs.dtype)

    def window(values: Any) -> Any:
        return tf.nn.conv2d(values, band, 1, "VALID")

    @tf.custom_gradient
    def normalise(x: Any) -> Any:
        inverse_root = tf.math.rsqrt(window(x * x) * alpha + k)
        factor = inverse_root * tf.sqrt(inverse_root)
        y = x * factor

        def gradient(dy: Any) -> Any:
            shared = window(dy * y * inverse_root * inverse_root)
            return dy * factor - 1.5 * alpha * x * shared

        return y, gradient

    return normalise(inputs)
