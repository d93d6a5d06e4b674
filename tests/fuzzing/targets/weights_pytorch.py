"""PyTorch's state dicts; without PyTorch none can be read."""

import io
from pathlib import Path

import numpy as np
import torch
from changes import zip_member
from target import Target

from plant_train.weights.read import read_weights


def _read(content: bytes, folder: Path) -> object:
    (folder / "weights.pth").write_bytes(content)
    tensors = read_weights(folder / "weights.pth")
    assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
    return tensors


def _seeds() -> list[bytes]:
    state = {
        "module.conv1.weight": torch.zeros(2, 3),
        "conv1.bias": torch.ones(2, dtype=torch.bfloat16),
        "n": torch.tensor(3),
    }
    zipped, older = io.BytesIO(), io.BytesIO()
    torch.save({"state_dict": state, "epoch": 3}, zipped)
    torch.save(state, older, _use_new_zipfile_serialization=False)
    return [zipped.getvalue(), older.getvalue()]


TARGET = Target(
    _read,
    _seeds,
    tokens=("cos\nsystem\n", "cbuiltins\neval\n", "ctorch._utils\n_rebuild_tensor_v2\n",
            "ccollections\nOrderedDict\n", "cargparse\nNamespace\n", "ctorch\nFloatStorage\n"),
    changed=zip_member(),
)  # fmt: skip
