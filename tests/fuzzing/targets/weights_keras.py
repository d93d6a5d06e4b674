"""Weights that Keras saved, as HDF5 and as a zip with that inside."""

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
from changes import zip_member
from target import Target

from plant_train.weights.read import read_weights


def _read(content: bytes, folder: Path) -> object:
    (folder / "weights.h5").write_bytes(content)
    tensors = read_weights(folder / "weights.h5")
    assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
    return tensors


def _seeds() -> list[bytes]:
    newer, older, zipped = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with h5py.File(newer, "w") as file:
        variables = file.create_group("layers/conv/vars")
        variables.attrs["name"] = "conv1"
        variables["0"] = np.zeros((2, 3), np.float32)
        variables.create_dataset("1", data=np.zeros(64, np.float32), compression="gzip")
    with h5py.File(older, "w") as file:
        file.attrs["layer_names"] = [b"conv1"]
        layer = file.create_group("conv1")
        layer.attrs["weight_names"] = [b"conv1/kernel:0"]
        layer["conv1/kernel:0"] = np.ones(4, np.float16)
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("model.weights.h5"), newer.getvalue())
        archive.writestr(zipfile.ZipInfo("config.json"), "{}")
    return [newer.getvalue(), older.getvalue(), zipped.getvalue()]


TARGET = Target(_read, _seeds, changed=zip_member())
