"""Pictures that look the same but for how they were saved, by perceptual hash.

The hash is imagehash's pHash with 256 bits, over the grey picture in all 8 turns and mirrors:
public leaf data sets are full of turned copies.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.picture_file import read_picture
from plant_train.progress import track

_HASH_SIDE = 16
BITS = _HASH_SIDE**2
MAX_DISTANCE = 24
"""Bits that may differ. Of 26 million pairs of different photographs from PlantVillage none is
nearer than 36; saved anew at JPEG quality 20, at half the size or mirrored, 99 % of pictures are
within 14 (docs/data.md)."""

DECODED_SIDE = 256
"""A picture is decoded to no less than this, which is faster for large JPEG files."""

# As imagehash's own highfreq_factor of 4.
_GREY_SIDE = 4 * _HASH_SIDE
# Standard deviation, in grey levels, below which a picture has nothing to compare.
_PLAIN = 2.0
_BLOCK = 2048

_TURNS: tuple[Image.Transpose | None, ...] = (None, *Image.Transpose)

Hash = np.ndarray
"""uint8 [8, 32]: the packed bits of each turn, as it is first."""


def perceptual_hash(picture: Picture) -> Hash | None:
    """The hash of an RGB picture uint8 [H, W, 3]; None for one without any detail."""
    image = Image.fromarray(picture).convert("L")
    grey = image.resize((_GREY_SIDE, _GREY_SIDE), Image.Resampling.LANCZOS)
    if np.asarray(grey).std() < _PLAIN:
        return None
    turned = (grey if turn is None else grey.transpose(turn) for turn in _TURNS)
    bits = [imagehash.phash(image, hash_size=_HASH_SIDE).hash.ravel() for image in turned]
    return np.packbits(np.stack(bits), axis=1)


def hash_files(paths: Sequence[Path], what: str) -> list[Hash | None]:
    """The hashes of picture files, with progress on stderr; None where one cannot be read."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(track(pool.map(_hash_file, paths), len(paths), what))


def near_pairs(hashes: Sequence[Hash | None]) -> list[tuple[int, int]]:
    """Pairs of indices whose hashes differ in at most `MAX_DISTANCE` bits in some turn.

    All pairs are compared, block by block as products of matrices of +1 and -1, since
    distance = (bits - product) / 2: that is what processors do fastest, and memory stays flat.
    """
    hashed = [index for index, value in enumerate(hashes) if value is not None]
    if len(hashed) < 2:
        return []
    packed = np.stack([value for value in hashes if value is not None])
    found: set[tuple[int, int]] = set()
    blocks = _blocks(len(hashed))
    for rows, columns in track(blocks, len(blocks), "comparing pictures"):
        upright = _signs(packed[rows, 0])
        for turn in range(len(_TURNS)):
            product = upright @ _signs(packed[columns, turn]).T
            near = np.nonzero(product >= BITS - 2 * MAX_DISTANCE)
            one, other = near[0] + rows.start, near[1] + columns.start
            found.update(zip(one[one < other].tolist(), other[one < other].tolist(), strict=True))
    return sorted((hashed[one], hashed[other]) for one, other in found)


def _hash_file(path: Path) -> Hash | None:
    try:
        return perceptual_hash(read_picture(path, DECODED_SIDE))
    except UserError:
        return None


def _blocks(count: int) -> list[tuple[slice, slice]]:
    """The upper triangle of `count` x `count`, in squares."""
    starts = range(0, count, _BLOCK)
    return [
        (slice(row, row + _BLOCK), slice(column, column + _BLOCK))
        for row in starts
        for column in starts
        if row <= column
    ]


def _signs(packed: np.ndarray) -> np.ndarray:
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
