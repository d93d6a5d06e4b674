"""The lowest runtime version that computes an int8 flatbuffer rightly, written into it.

TensorFlow's converter says it in `min_runtime_version`, by the versions of the ops. Two things it
does not know:

- An int8 dense layer with a scale for each output has no op version of its own. Older runtimes
  take the first scale for all outputs, without a word: tflite-runtime 2.8.0 and 2.9.1 do, 2.10.0
  and later ones compute it rightly (measured).
- LiteRT's quantiser leaves the versions of the float ops, which would let runtimes in that have
  no int8 form of them.
"""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from plant_convert.flatbuffer import packed_model

_ENTRY = b"min_runtime_version"
# The first version of each op, but for those whose first is it, that takes int8; all of them came
# with TensorFlow 1.14 (tflite/tools/versioning in LiteRT's repository).
_OP = schema.BuiltinOperator
_FIRST_INT8 = {
    _OP.ADD: 2,
    _OP.AVERAGE_POOL_2D: 2,
    _OP.CONCATENATION: 2,
    _OP.CONV_2D: 3,
    _OP.DEPTHWISE_CONV_2D: 3,
    _OP.FULLY_CONNECTED: 4,
    _OP.LOGISTIC: 2,
    _OP.MAX_POOL_2D: 2,
    _OP.MEAN: 2,
    _OP.MUL: 2,
    _OP.PAD: 2,
    _OP.SOFTMAX: 2,
    _OP.SUB: 2,
    _OP.TANH: 2,
}
_INT8_SINCE, _DENSE_CHANNELS_SINCE = "1.14.0", "2.10.0"


def with_runtime_version(flatbuffer: bytes) -> bytes:
    """An int8 flatbuffer whose op versions and lowest runtime version are what they should be.

    Args:
        flatbuffer: from one of the back ends.
    """
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    for code in model.operatorCodes:
        code.version = max(code.version, _FIRST_INT8.get(code.builtinCode, 1))
    entry = next(each for each in model.metadata if each.name == _ENTRY)
    buffer = model.buffers[entry.buffer]
    said = bytes(buffer.data).rstrip(b"\0").decode()
    needed = [said, _INT8_SINCE, *([_DENSE_CHANNELS_SINCE] if _has_dense_channels(model) else [])]
    lowest = max(needed, key=lambda version: [int(part) for part in version.split(".")])
    # As long as it was: readers know the entry as 16 bytes.
    buffer.data = np.frombuffer(lowest.encode().ljust(len(buffer.data), b"\0"), np.uint8)
    return packed_model(model)


def _has_dense_channels(model: schema.ModelT) -> bool:
    return any(
        model.operatorCodes[operator.opcodeIndex].builtinCode == _OP.FULLY_CONNECTED
        and len(graph.tensors[operator.inputs[1]].quantization.scale) > 1
        for graph in model.subgraphs
        for operator in graph.operators
    )
