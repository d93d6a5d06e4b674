"""A convolution of a picture that takes whole blocks of pixels at once.

XNNPACK's int8 kernels read the channels of each weight's place by eights (the `c8` in their names):
with the three of a picture, five of eight multiplications are of nothing. Blocks of S x S
neighbouring pixels as S * S * 3 channels leave none of that, and a convolution that steps by S
pixels steps by one block. TensorFlow calls it space_to_depth.

TFLite's SPACE_TO_DEPTH wants sides that S divides, and the PAD before it takes longer than the
convolution behind it. So the blocks come from a convolution too, whose weights are ones and zeros:
it pads as it goes, and in int8 it gives the pixels that it took, bit by bit.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from keras import layers

_READ_AT_ONCE = 8


class SpaceToDepthConv2D(layers.Conv2D):
    """Conv2D's own function and weights."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Gather the blocks, and convolve them with the kernel in the same order."""
        side, step, channels = self.kernel_size[0], self.strides[0], inputs.shape[-1]
        depth = step * step * channels
        gather = np.eye(depth, dtype=np.float32).reshape(step, step, channels, depth)
        blocks = tf.nn.conv2d(inputs, gather, step, "SAME")
        reach = -(-side // step)
        beyond = reach * step - side
        whole = tf.pad(kernel, ((0, beyond), (0, beyond), (0, 0), (0, 0)))
        parts = tf.reshape(whole, (reach, step, reach, step, channels, self.filters))
        parts = tf.transpose(parts, (0, 2, 1, 3, 4, 5))
        return tf.nn.conv2d(
            blocks, tf.reshape(parts, (reach, reach, depth, self.filters)), 1, "VALID"
        )


def takes_blocks(layer: layers.Layer) -> bool:
    """Whether a layer is a convolution that `SpaceToDepthConv2D` does faster."""
    if type(layer) is not layers.Conv2D:
        return False
    (side, other_side), (step, other_step) = layer.kernel_size, layer.strides
    _, height, width, channels = layer.input.shape
    return (
        channels < _READ_AT_ONCE
        and step > 1
        and (side, step) == (other_side, other_step)
        and layer.padding == "valid"
        and layer.groups == 1
        and layer.dilation_rate == (1, 1)
        and _whole_blocks(height, side, step)
        and _whole_blocks(width, side, step)
    )


def _whole_blocks(length: int | None, side: int, step: int) -> bool:
    """Whether blocks begin where the picture does, and none of them is too many."""
    if length is None:
        return False
    blocks, reach = -(-length // step), -(-side // step)
    # Of two that are missing, SAME would pad one at the beginning.
    return blocks * step - length <= 1 and blocks - reach == (length - side) // step
