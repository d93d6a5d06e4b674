"""What int8 puts the logits off by on average, taken back by the last layer's bias.

The rounding of weights and of activations moves a layer's mean, and a classifier's logits with it
(Nagel et al. 2019, arXiv:1906.04721, section 4.2, there for each layer). Biases are stored in far
finer steps than what they are added to.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from plant_convert.flatbuffer import packed_model
from plant_convert.open_graph import OpenGraph
from plant_device.contract.geometry import Picture

# The mean of as many is known to a fraction of a logit's own step.
_PICTURES = 64
_BIASED = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED)


def with_corrected_bias(
    flatbuffer: bytes, graph: keras.Model, representative: Sequence[Picture]
) -> bytes:
    """An int8 flatbuffer whose logits have the float32 graph's mean.

    One whose last op has no integer bias is left as it is.

    Args:
        graph: what it was made of; takes raw pixels [B, S, S, 3], gives logits [B, N].
        representative: network inputs uint8 [S, S, 3].
    """
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    bias = _last_bias(model)
    if bias is None:
        return flatbuffer
    main = model.subgraphs[0]
    logits = str(main.tensors[main.outputs[0]].name.decode())
    off = _mean_error(flatbuffer, logits, graph, representative[:_PICTURES])
    stored = model.buffers[bias.buffer].data.view(np.int32)
    moved = np.rint(stored - off / bias.quantization.scale)
    # A buffer of its own: biases that are alike share one.
    model.buffers.append(schema.BufferT())
    model.buffers[-1].data = moved.astype(np.int32).view(np.uint8)
    bias.buffer = len(model.buffers) - 1
    return packed_model(model)


def _last_bias(model: schema.ModelT) -> schema.TensorT | None:
    main = model.subgraphs[0]
    last = next(each for each in main.operators if main.outputs[0] in each.outputs)
    code = model.operatorCodes[last.opcodeIndex].builtinCode
    if code not in _BIASED or len(last.inputs) < 3 or last.inputs[2] < 0:
        return None
    bias = main.tensors[last.inputs[2]]
    return bias if bias.type == schema.TensorType.INT32 else None


def _mean_error(
    flatbuffer: bytes, logits: str, graph: keras.Model, pictures: Sequence[Picture]
) -> np.ndarray:
    integers = OpenGraph(flatbuffer)
    errors = []
    for picture in pictures:
        integers.run(picture)
        pixels = tf.constant(picture[np.newaxis].astype(np.float32))
        errors.append(integers.value(logits) - np.asarray(graph(pixels, training=False)))
    return np.asarray(np.mean(errors, axis=(0, 1)))
