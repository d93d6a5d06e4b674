"""Weights as a NumPy archive: untrusted, bounded, no pickle."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from plant_device.contract.errors import UserError

_MAX_BYTES = 2 << 30
# What zipfile, zlib and NumPy raise on foreign, damaged, encrypted or lying members.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    MemoryError,
)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read every array of an `.npz` file.

    Raises:
        UserError: the file is missing, not an archive of plain arrays, or larger than 2 GiB
            unpacked.
    """
    try:
        with zipfile.ZipFile(path) as members:
            unpacked = sum(member.file_size for member in members.infolist())
        if unpacked > _MAX_BYTES:
            raise UserError(
                f"expected weights of at most 2 GiB, received {unpacked:,} bytes: {path}"
            )
        with np.load(path, allow_pickle=False) as archive:
            tensors = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(f"expected a weights file at {path}, received: no such file") from None
    except _DAMAGES as error:
        raise _foreign(path, str(error)) from None
    # NumPy gives a member that is no array as bytes.
    others = [name for name, tensor in tensors.items() if not isinstance(tensor, np.ndarray)]
    if others:
        raise _foreign(path, f"{others[0]} is no array")
    return tensors


def _foreign(path: Path, reason: str) -> UserError:
    return UserError(
        f"expected an .npz file of plain arrays, received something else: {path} ({reason})"
    )
