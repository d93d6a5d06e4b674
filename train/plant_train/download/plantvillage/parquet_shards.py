"""The data set as parquet shards, as the hub's `datasets` library writes it (config `color`)."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from plant_device.contract.errors import UserError
from plant_train.download.plantvillage.release import Part
from plant_train.download.plantvillage.source import (
    MAX_PICTURE_BYTES,
    MAX_PICTURES,
    ReleasedPicture,
    is_plain_picture_name,
    require_plain_name,
)

# Rows in memory at a time: some megabytes of pictures.
_ROWS = 64
_COLUMNS = ("image", "label", "leaf_id", "crop", "disease")
# What the authors' loading script writes where their leaf map does not know a picture.
_NO_LEAF = ("", "unknown")
_NO_LEAF_PREFIX = "fallback_"


class ParquetShards:
    """Pictures of shards; each shard's path says `train` or `test`.

    Raises:
        UserError: a shard is no parquet file, lacks a column, or says neither or both.
    """

    split = "official"

    def __init__(self, shards: list[Path]) -> None:
        self._shards = [(path, _part_of(path)) for path in shards]
        self.total = sum(_opened(path).metadata.num_rows for path in shards)
        if not 0 < self.total <= MAX_PICTURES:
            raise UserError(
                f"expected 1 to {MAX_PICTURES:,} pictures in {shards[0].parent}, "
                f"received {self.total:,}"
            )

    def pictures(self) -> Iterator[ReleasedPicture]:
        """All pictures, shard by shard, a few rows in memory at a time."""
        for path, part in self._shards:
            try:
                yield from _pictures_of(path, part)
            except pyarrow.ArrowException as error:
                raise _damaged(path, error) from None


def _pictures_of(path: Path, part: Part) -> Iterator[ReleasedPicture]:
    with _opened(path) as shard:
        labels = _label_names(shard.schema_arrow)
        row = 0
        # One row group at a time: a reader of all keeps what it has read (pyarrow 26 peaks at
        # 834 MB over a shard of 700 MB, so at 150 MB).
        for group in range(shard.num_row_groups):
            batches = shard.iter_batches(_ROWS, row_groups=[group], columns=list(_COLUMNS))
            for values in chain.from_iterable(batch.to_pylist() for batch in batches):
                yield _picture(values, labels, part, row, path)
                row += 1


def _picture(
    values: dict[str, Any], labels: list[str], part: Part, row: int, path: Path
) -> ReleasedPicture:
    where = f"row {row} of {path}"
    image = values["image"] or {}
    content = image.get("bytes")
    if not content or len(content) > MAX_PICTURE_BYTES:
        raise UserError(
            f"expected a picture of at most {MAX_PICTURE_BYTES:,} bytes, received "
            f"{len(content or b''):,}: {where}"
        )
    leaf = values["leaf_id"] or ""
    known = leaf not in _NO_LEAF and not leaf.startswith(_NO_LEAF_PREFIX)
    name = image.get("path") or ""
    return ReleasedPicture(
        part,
        require_plain_name(_label(values, labels, where), where),
        name if is_plain_picture_name(name) else f"{path.stem} {row:05d}.jpg",
        leaf if known else None,
        len(content),
        lambda: content,
    )


def _label(values: dict[str, Any], labels: list[str], where: str) -> str:
    label = values["label"]
    if isinstance(label, str):
        return label
    if labels and isinstance(label, int):
        if not 0 <= label < len(labels):
            raise UserError(f"expected a label below {len(labels)}, received {label}: {where}")
        return labels[label]
    return f"{values['crop']}___{values['disease']}"


def _label_names(schema: pyarrow.Schema) -> list[str]:
    """Names of the integer labels, where `datasets` left them in the schema's metadata."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return [str(name) for name in features["label"]["names"]]
    except (KeyError, TypeError, ValueError):
        return []


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        shard = pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(path, error) from None
    missing = [name for name in _COLUMNS if name not in shard.schema_arrow.names]
    if missing:
        raise UserError(
            f"expected the columns {', '.join(_COLUMNS)}, {', '.join(missing)} missing: {path}"
        )
    return shard


def _part_of(path: Path) -> Part:
    for name in (path.stem, path.parent.name):
        words = re.split(r"[^a-z]+", name.lower())
        if ("train" in words) != ("test" in words):
            return "train" if "train" in words else "test"
    raise UserError(
        f"expected `train` or `test` in the shard's name or its folder's, received: {path}"
    )


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(
        f"expected a whole parquet file with pictures, received something else: {path} ({error})"
    )
