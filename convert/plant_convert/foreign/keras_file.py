"""A network that Keras saved whole, `.keras` or `.h5`: read without running any code of it."""

import re
import zipfile
from pathlib import Path

import keras

import plant_train.archs.layers  # noqa: F401  (registers our layers with Keras)
from plant_device.contract.errors import UserError
from plant_train.run_file import is_whole_archive
from plant_train.weights.signs import require_size

_ARCHIVE_SUFFIX = ".keras"
KERAS_SUFFIXES = (_ARCHIVE_SUFFIX, ".h5", ".hdf5")
# How Keras names what it refuses to build: Lambda and its like, and classes of others.
_REFUSED = re.compile(
    r"deserialization of a `(\w+)`|Could not locate class '([^']+)'|Unknown layer: '([^']+)'"
)


def load_keras_file(path: Path) -> keras.Model:
    """Load a network of Keras's own layers, or of ours.

    Raises:
        UserError: the file is too large or damaged, holds weights alone, or has layers that only
            code of its maker could build.
    """
    if path.suffix == _ARCHIVE_SUFFIX:
        _require_whole_archive(path)
    require_size(path.stat().st_size, path)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises whatever its zip, JSON and HDF5 readers meet.
        raise _unreadable(path, error) from None
    if not getattr(model, "inputs", None):
        raise UserError(
            f"expected a Keras model whose layers are connected, Sequential or Functional: {path}"
        )
    return model


def _require_whole_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    require_size(unpacked, path)
    if not is_whole_archive(path):
        raise _unreadable(path, ValueError("a part of it is cut off or changed"))


def _unreadable(path: Path, error: Exception) -> UserError:
    refused = _REFUSED.search(str(error))
    if refused:
        name = next(filter(None, refused.groups()))
        return UserError(
            f"expected a network of Keras's own layers, {path} has {name}, which needs code of its "
            "maker to run: save it with layers such as Rescaling instead"
        )
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return UserError(f"expected a Keras model, cannot read {path}: {reason[:300]}")
