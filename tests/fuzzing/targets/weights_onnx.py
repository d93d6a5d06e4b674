"""Weights in an ONNX model."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from target import Target

from plant_train.weights.read import read_weights


def _read(content: bytes, folder: Path) -> object:
    (folder / "weights.onnx").write_bytes(content)
    tensors = read_weights(folder / "weights.onnx")
    assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
    return tensors


def _seeds() -> list[bytes]:
    beside = helper.make_tensor("beside", TensorProto.FLOAT, [2], [0.0, 0.0])
    initialisers = [
        numpy_helper.from_array(np.zeros((2, 3), np.float32), "conv1.weight"),
        numpy_helper.from_array(np.ones(2, np.int64), "shape"),
        helper.make_tensor("half", TensorProto.BFLOAT16, [2], [0.5, 1.5]),
        beside,
    ]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [], [], initialisers)
    return [helper.make_model(graph).SerializeToString()]


TARGET = Target(_read, _seeds, tokens=("location", "offset", "length", "../", "checksum"))
