"""A graph as ONNX, and what ONNX Runtime's own quantiser makes of it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
from keras import layers
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from turns import Contestant, contestant

from plant_device.contract.geometry import Picture
from plant_train.archs.layers import LocalResponseNormalization

_OPSET, _IR = 17, 8
_INPUT = "pixels"


def onnx_model(graph: keras.Model) -> onnx.ModelProto:
    """The same function as ONNX: raw pixels float32 [1, 3, S, S] in, logits [1, N] out.

    Args:
        graph: a chain of the layers that AlexNet has.

    Raises:
        TypeError: it has another one.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    last = _INPUT

    def add(op: str, *weights: np.ndarray, **attributes: object) -> None:
        nonlocal last
        names = [f"{op}{len(nodes)}_{number}" for number in range(len(weights))]
        constants.extend(map(numpy_helper.from_array, weights, names))
        nodes.append(helper.make_node(op, [last, *names], [f"{op}{len(nodes)}"], **attributes))
        last = nodes[-1].output[0]

    for layer in graph.layers:
        match layer:
            case layers.Conv2D():
                kernel, bias = layer.get_weights()
                kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
                places = {"strides": layer.strides, "auto_pad": _padding(layer)}
                add("Conv", kernel, bias, group=layer.groups, **places)
                _activate(layer, add)
            case layers.MaxPooling2D():
                places = {"strides": layer.strides, "auto_pad": _padding(layer)}
                add("MaxPool", kernel_shape=layer.pool_size, **places)
            case LocalResponseNormalization():
                # ONNX divides alpha by the size, as Caffe does.
                alpha = layer.alpha * layer.size
                add("LRN", size=layer.size, alpha=alpha, beta=layer.beta, bias=layer.k)
            case layers.Flatten():
                add("Transpose", perm=(0, 2, 3, 1))
                add("Flatten")
            case layers.Dense():
                add("Gemm", *layer.get_weights())
                _activate(layer, add)
            case layers.Activation():
                _activate(layer, add)
            case layers.InputLayer() | layers.Dropout():
                pass
            case _:
                raise TypeError(f"expected a layer that AlexNet has, received {layer}")

    side = graph.inputs[0].shape[1]
    numbers = onnx.TensorProto.FLOAT
    pixels = helper.make_tensor_value_info(_INPUT, numbers, [1, 3, side, side])
    logits = helper.make_tensor_value_info(last, numbers, [1, graph.outputs[0].shape[-1]])
    main = helper.make_graph(nodes, "network", [pixels], [logits], constants)
    model = helper.make_model(main, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR
    return model


def onnx_int8(model: onnx.ModelProto, representative: Sequence[Picture]) -> onnx.ModelProto:
    """Static quantisation, QDQ, a scale for each channel of the weights.

    LRN has no int8 form there either, and stays float between a pair of conversions.
    """

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._inputs: Iterator[np.ndarray] = map(_planes, representative)

        def get_next(self) -> dict[str, np.ndarray] | None:
            planes = next(self._inputs, None)
            return None if planes is None else {_INPUT: planes}

    with tempfile.TemporaryDirectory() as folder:
        float32, int8 = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, float32)
        quantize_static(
            float32,
            int8,
            Reader(),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(int8)


def onnx_logits(model: onnx.ModelProto, pictures: Sequence[Picture]) -> np.ndarray:
    """Float [n, N]."""
    session = _session(model, 1)
    return np.concatenate([session.run(None, {_INPUT: _planes(one)})[0] for one in pictures])


def onnx_runtime(model: onnx.ModelProto, threads: int) -> Contestant:
    """A network on ONNX Runtime, with a picture that stays the same."""

    def load() -> Callable[[], object]:
        session = _session(model, threads)
        shape = session.get_inputs()[0].shape
        planes = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
        return lambda: session.run(None, {_INPUT: planes})

    return contestant(load)


def _session(model: onnx.ModelProto, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _planes(picture: Picture) -> np.ndarray:
    return np.asarray(picture.transpose(2, 0, 1)[np.newaxis], np.float32)


def _padding(layer: layers.Layer) -> str:
    return "VALID" if layer.padding == "valid" else "SAME_UPPER"


def _activate(layer: layers.Layer, add: Callable[[str], None]) -> None:
    if layer.activation is keras.activations.relu:
        add("Relu")
    elif layer.activation is not keras.activations.linear:
        raise TypeError(f"expected a ReLU or nothing, received {layer.activation}")
