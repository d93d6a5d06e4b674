"""ONNX models: their initialisers, by name."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from plant_device.contract.command_line import require
from plant_device.contract.errors import UserError
from plant_train.weights.signs import Signs, require_size, unreadable

_KIND = "an ONNX model"


def is_onnx(signs: Signs) -> bool:
    """Whether its name says so: protobuf has no mark of its own."""
    return signs.ending == ".onnx"


def read_onnx(path: Path) -> dict[str, np.ndarray]:
    """Read every initialiser, also those that lie in a file beside the model.

    Raises:
        UserError: the package onnx is not installed, or the file is no whole ONNX model.
    """
    require("onnx", "import")
    import onnx

    try:
        model = onnx.load(path, load_external_data=False)
        initialisers = list(model.graph.initializer)
        require_size(sum(map(_claimed_bytes, initialisers)), path)
        # onnx itself refuses paths that lead out of the folder.
        onnx.load_external_data_for_model(model, str(path.parent))
        tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in initialisers}
    except UserError:
        raise
    except Exception as error:
        # protobuf and onnx raise errors of their own, of no common kind.
        raise unreadable(_KIND, path, error) from None
    if not tensors:
        raise unreadable(_KIND, path, "it has no initialisers")
    return tensors


def _claimed_bytes(tensor: Any) -> int:
    import onnx

    width = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return int(math.prod(max(0, side) for side in tensor.dims) * width)
