"""LiteRT's quantiser, ai-edge-quantizer: takes a float32 flatbuffer and a range for each tensor."""

import warnings
from collections.abc import Sequence

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_quantizer.qtyping import (
    ComputePrecision,
    OpQuantizationConfig,
    QuantGranularity,
    TensorDataType,
    TensorQuantizationConfig,
    TFLOperationName,
)
from ai_edge_quantizer.quantizer import Quantizer

from plant_convert.activations import Activation, int8_range, observed
from plant_convert.backends import Dense, Method
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.finite import require_finite
from plant_convert.flatbuffer import packed_model
from plant_convert.op_layer import with_layer
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.native_stderr import native_stderr_aside

_EVERYWHERE = ".*"
_BITS = 8
_PIXELS = (0.0, 255.0)
# Bits of a bias as int32, one of them kept free, and of int8 weights and activations.
_LARGEST_BIAS, _WEIGHT_STEPS, _STEPS = 1 << 30, 127, 255
_WITH_BIAS = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED)
_GRANULARITY = {
    Dense.PER_CHANNEL: QuantGranularity.CHANNELWISE,
    Dense.PER_TENSOR: QuantGranularity.TENSORWISE,
}
# The quantiser's own recipe has int8 at the input.
_UINT8_INPUT = OpQuantizationConfig(
    activation_tensor_config=TensorQuantizationConfig(
        num_bits=_BITS, symmetric=False, dtype=TensorDataType.UINT
    ),
    weight_tensor_config=TensorQuantizationConfig(
        num_bits=_BITS, symmetric=True, granularity=QuantGranularity.CHANNELWISE
    ),
    compute_precision=ComputePrecision.INTEGER,
    explicit_dequantize=False,
)


def quantise(
    graph: keras.Model, representative: Sequence[Picture], method: Method, dense: Dense
) -> bytes:
    """The int8 form of a graph, as `plant_convert.backends.quantise` has it."""
    # Its constants are changed in place.
    float32 = bytearray(float32_flatbuffer(graph))
    model = schema.ModelT.InitFromPackedBuf(float32)
    main = model.subgraphs[0]
    entrance, logits = (_name(main, ends[0]) for ends in (main.inputs, main.outputs))
    seen = observed(bytes(float32), representative)
    require_finite(graph, bytes(float32), seen)
    ranges = {
        # Logits beyond a cut would all be alike, and the first class a matter of chance.
        name: _PIXELS
        if _holds_pixels(activation)
        else int8_range(activation, Method.MIN_MAX if name == logits else method)
        for name, activation in seen.items()
    }
    ranges[entrance] = _PIXELS
    _keep_biases(model, ranges)

    with native_stderr_aside(), warnings.catch_warnings():
        # Its interpreter keeps all tensors, which is for debugging alone.
        warnings.simplefilter("ignore", UserWarning)
        quantizer = Quantizer(float32)
        quantizer.add_static_config(_EVERYWHERE, TFLOperationName.ALL_SUPPORTED, _BITS, _BITS)
        quantizer.add_static_config(
            _EVERYWHERE, TFLOperationName.FULLY_CONNECTED, _BITS, _BITS, _GRANULARITY[dense]
        )
        quantizer.update_quantization_recipe(_EVERYWHERE, TFLOperationName.INPUT, _UINT8_INPUT)
        try:
            result = quantizer.quantize(
                {
                    name: {"min": np.array([low], np.float32), "max": np.array([high], np.float32)}
                    for name, (low, high) in ranges.items()
                },
                enable_progress_bar=False,
                enable_progress_report=False,
            )
        except ValueError as error:
            raise _without_integer_form(graph, error) from error
    return _with_constants_inside(bytes(result.quantized_model))


def _without_integer_form(graph: keras.Model, error: ValueError) -> UserError:
    # A sentence with the name of the op's tensor in it.
    first, *_ = str(error).splitlines() or [""]
    named = " ".join(with_layer(graph, word) for word in first.split())
    return UserError(
        f"LiteRT's quantiser makes no integer form of this network: {named}; take --backend "
        "tensorflow, or replace the layer",
        exit_code=REFUSED,
    )


def _name(graph: schema.SubGraphT, tensor: int) -> str:
    return str(graph.tensors[tensor].name.decode())


def _holds_pixels(seen: Activation) -> bool:
    """Whether the picture's own values came through, which steps of one have exactly."""
    whole = np.array_equal(seen.sample, np.rint(seen.sample))
    return whole and (seen.least, seen.most) == _PIXELS


def _keep_biases(model: schema.ModelT, ranges: dict[str, tuple[float, float]]) -> None:
    """Give filters of next to no weight as much of it as their bias needs.

    A bias is stored in steps of the weights' scale times the input's. For a filter without weights
    (BVLC's AlexNet has one) the quantiser takes next to nothing for a scale, and the bias, as an
    integer, overflows. What is added here changes the filter's output by at most a 30,000th of
    its bias.
    """
    graph = model.subgraphs[0]
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        if code not in _WITH_BIAS or len(operator.inputs) < 3 or operator.inputs[2] < 0:
            continue
        low, high = ranges[_name(graph, operator.inputs[0])]
        weights, bias = (
            model.buffers[graph.tensors[n].buffer].data.view(np.float32)
            for n in operator.inputs[1:3]
        )
        rows = weights.reshape(len(bias), -1)
        step = (high - low) / _STEPS
        needed = np.abs(bias) * _WEIGHT_STEPS / (_LARGEST_BIAS * step) if step else 0 * bias
        small = np.abs(rows).max(axis=1) < needed
        rows[small, 0] = needed[small]


def _with_constants_inside(flatbuffer: bytes) -> bytes:
    """The same without constants behind the flatbuffer, where the quantiser puts large ones.

    Older runtimes (tflite-runtime 2.14 is one) do not look there, and go on without.
    """
    model = schema.ModelT.InitFromPackedBuf(flatbuffer)
    for buffer in model.buffers:
        if buffer.offset:
            buffer.data = np.frombuffer(flatbuffer, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return packed_model(model)
