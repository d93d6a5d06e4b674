"""TensorFlow's own TFLite converter: post-training quantisation to int8."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from tensorflow.lite.python.convert import ConverterError

from plant_convert.activations import observed
from plant_convert.backends import Dense
from plant_convert.finite import may_overflow, require_finite
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.native_stderr import native_stderr_aside

_FLOAT32_BYTES = 4
_NOT_IN_TFLITE = re.compile(r"'tf\.(\w+)' op is neither a custom op nor a flex op")


def quantise(
    graph: keras.Model, representative: Sequence[Picture], dense: Dense = Dense.PER_CHANNEL
) -> bytes:
    """The int8 form of a graph, as `plant_convert.backends.quantise` has it."""
    if may_overflow(graph, representative):
        float32 = float32_flatbuffer(graph)
        require_finite(graph, float32, observed(float32, representative))

    def batches() -> Iterator[list[np.ndarray]]:
        for picture in representative:
            yield [picture[np.newaxis].astype(np.float32)]

    with _converter(graph) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = batches
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8
        # Private by its name, but what TensorFlow tells users to set (tflite-micro, pull 2602).
        converter._experimental_disable_per_channel_quantization_for_dense_layers = (
            dense is Dense.PER_TENSOR
        )
        return bytes(converter.convert())


def float32_flatbuffer(graph: keras.Model) -> bytes:
    """The same graph without quantisation: float32 pixels in, float32 logits out."""
    with _converter(graph) as converter:
        return bytes(converter.convert())


@contextmanager
def _converter(graph: keras.Model) -> Iterator[tf.lite.TFLiteConverter]:
    side = graph.inputs[0].shape[1]
    with tempfile.TemporaryDirectory() as folder:
        # A dynamic batch axis would add SHAPE, STRIDED_SLICE and PACK to the graph.
        signature = [tf.TensorSpec((1, side, side, 3), tf.float32)]
        try:
            graph.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
        except tf.errors.ResourceExhaustedError:
            # Not an OSError, and it names a file of its own making.
            where, needed = tempfile.gettempdir(), graph.count_params() * _FLOAT32_BYTES
            reason = f"{os.strerror(errno.ENOSPC)} for {needed:,} bytes"
            raise OSError(errno.ENOSPC, reason, where) from None
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        with native_stderr_aside():
            try:
                yield converter
            except ConverterError as error:
                raise _without_op(error) from None


def _without_op(error: ConverterError) -> UserError:
    # Pages of MLIR, with the name of an op that TFLite does not have.
    ops = sorted(set(_NOT_IN_TFLITE.findall(str(error))))
    reason = f"TFLite has no {', '.join(ops)}" if ops else str(error).partition("\n")[0]
    return UserError(
        f"TensorFlow's converter makes no TFLite model of this network: {reason}; replace the "
        "layer that needs it",
        exit_code=REFUSED,
    )
