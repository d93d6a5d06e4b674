"""Weights as a NumPy archive: untrusted, bounded, no pickle."""

import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from plant_train.weights.signs import Signs, unreadable

_KIND = "an .npz file of plain arrays"
# What zipfile, zlib and NumPy raise on foreign, damaged, encrypted or lying members.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    MemoryError,
    # Of an array's head, which NumPy reads as Python.
    tokenize.TokenError,
    SyntaxError,
)


def is_npz(signs: Signs) -> bool:
    """Whether it is a zip, and so for this module to read or to explain."""
    return signs.is_zip


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an `.npz` file.

    Raises:
        UserError: the file is not an archive of plain arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            tensors = {name: archive[name] for name in archive.files}
    except _DAMAGES as error:
        raise unreadable(_KIND, path, error) from None
    # NumPy gives a member that is no array as bytes.
    others = [name for name, tensor in tensors.items() if not isinstance(tensor, np.ndarray)]
    if others:
        raise unreadable(_KIND, path, f"{others[0]} is no array")
    return tensors
