"""Keras's own files: `.keras`, `.weights.h5`, and the older `.h5` of keras.applications.

All hold HDF5, which is read as data: no layer of the file is built, no code of it can run.
A tensor's name is `LAYER/NUMBER`, its number being its place among the layer's variables:
kernel, bias, or gamma, beta, moving mean, moving variance.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from plant_device.contract.command_line import require
from plant_device.contract.errors import UserError
from plant_train.weights.signs import Signs, require_size, unreadable

_KIND = "weights that Keras saved"
_HDF5_START = b"\x89HDF\r\n\x1a\n"
_IN_ARCHIVE = "model.weights.h5"
# A model in a model in a model; HDF5's links may go round in circles.
_MAX_DEPTH = 4


def is_keras(signs: Signs) -> bool:
    """Whether it is HDF5, or a zip with that inside as Keras 3 has it."""
    return signs.start.startswith(_HDF5_START) or _IN_ARCHIVE in signs.members


def read_keras(path: Path) -> dict[str, np.ndarray]:
    """Read every variable of every layer; an optimizer's are left out.

    Raises:
        UserError: the file is damaged, or not of Keras's making.
    """
    require("h5py", "train")
    import h5py

    try:
        with h5py.File(_hdf5(path), "r") as file:
            datasets = dict(_layers(file["layers"]) if "layers" in file else _older_layers(file))
            for dataset in datasets.values():
                _require_inside(dataset, file)
            require_size(sum(dataset.nbytes for dataset in datasets.values()), path)
            tensors = {name: np.asarray(dataset[()]) for name, dataset in datasets.items()}
    except UserError:
        raise
    except Exception as error:
        # h5py raises whatever HDF5 meets: of OSError, KeyError, RuntimeError, ValueError ….
        raise unreadable(_KIND, path, error) from None
    if not tensors:
        raise unreadable(_KIND, path, "it has no layers with weights")
    return tensors


def _hdf5(path: Path) -> Path | io.BytesIO:
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read(_IN_ARCHIVE))


def _layers(container: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Keras 3: layers/KEY/vars/NUMBER, and the layer's name as an attribute of `vars`."""
    for key in container:
        layer = container[key]
        if "vars" in layer:
            name = layer["vars"].attrs.get("name", key)
            for number in layer["vars"]:
                yield f"{name}/{number}", layer["vars"][number]
        if "layers" in layer and depth < _MAX_DEPTH:
            yield from _layers(layer["layers"], depth + 1)


def _older_layers(file: Any) -> Iterator[tuple[str, Any]]:
    """Before Keras 3: a group for each name in `layer_names`, its tensors in `weight_names`.

    In a model within a model a tensor's own name has its layer: `conv1_conv/kernel:0`.
    """
    root = file.get("model_weights", file)
    counted: Counter[str] = Counter()
    for layer in map(_text, root.attrs["layer_names"]):
        for weight in map(_text, root[layer].attrs["weight_names"]):
            scope = weight.rpartition("/")[0] or layer
            owner = scope.rpartition("/")[2]
            yield f"{owner}/{counted[owner]}", root[layer][weight]
            counted[owner] += 1


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _require_inside(dataset: Any, file: Any) -> None:
    """Refuse what HDF5 would fetch from other files on this disk."""
    if dataset.external or dataset.is_virtual or dataset.file.filename != file.filename:
        raise ValueError(f"{dataset.name} lies in another file")
