"""Weights as a NumPy archive."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from changes import zip_member
from target import Target

from plant_train.weights.read import read_weights


def _read(content: bytes, folder: Path) -> object:
    (folder / "weights.npz").write_bytes(content)
    tensors = read_weights(folder / "weights.npz")
    assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
    assert not any(tensor.dtype.hasobject for tensor in tensors.values())
    return tensors


def _seeds() -> list[bytes]:
    arrays: dict[str, Any] = {
        "conv1_w": np.zeros((2, 3, 1), np.float32),
        "conv1_b": np.ones(2, np.float16),
        "turned": np.asfortranarray(np.eye(3)),
        "n": np.array(7),
    }
    plain, packed = io.BytesIO(), io.BytesIO()
    np.savez(plain, **arrays)
    np.savez_compressed(packed, **arrays)
    return [plain.getvalue(), packed.getvalue()]


TARGET = Target(
    _read,
    _seeds,
    tokens=("'descr'", "'fortran_order'", "'shape'", "'|O'", "'<f4'", "'V9999999999'",
            "[('a', 'O')]", "(-1,)", "(99999999999999999999,)", ".npy", "\\x93NUMPY"),
    changed=zip_member(),
)  # fmt: skip
