"""Any weights file, by what it is: each kind has a module of its own, and a line here."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from plant_device.contract.errors import UserError
from plant_train.weights.caffe import is_caffe, read_caffe
from plant_train.weights.keras import is_keras, read_keras
from plant_train.weights.npz import is_npz, read_npz
from plant_train.weights.onnx import is_onnx, read_onnx
from plant_train.weights.pytorch import is_pytorch, read_pytorch
from plant_train.weights.signs import Signs, read_signs

# In this order: whatever other zip there is, the archive of arrays explains what it is not.
_KINDS: tuple[tuple[Callable[[Signs], bool], Callable[[Path], dict[str, np.ndarray]]], ...] = (
    (is_pytorch, read_pytorch),
    (is_keras, read_keras),
    (is_npz, read_npz),
    (is_onnx, read_onnx),
    (is_caffe, read_caffe),
)


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a published file, by its name there.

    Raises:
        UserError: the file is missing, of no known kind, damaged, hostile, larger than 2 GiB,
            or what reads it is not installed.
    """
    signs = read_signs(path)
    for recognises, read in _KINDS:
        if recognises(signs):
            return read(path)
    raise UserError(
        "expected weights as .pth, .onnx, .caffemodel, .h5, .keras or .npz, "
        f"received {path}, which starts with {signs.start!r}"
    )
