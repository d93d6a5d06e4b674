"""Weights as a NumPy archive: untrusted, bounded, no pickle."""

import zipfile
from pathlib import Path

import numpy as np

from plant_device.contract.errors import UserError

_MAX_BYTES = 2 << 30


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
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(f"expected a weights file at {path}, received: no such file") from None
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise UserError(
            f"expected an .npz file of plain arrays, received something else: {path} ({error})"
        ) from None
