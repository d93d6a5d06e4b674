"""What is in a TFLite file, ours or any other, and what a model file says of itself."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_serializer

from plant_convert.flatbuffer import Layer, Tensor, read_contents
from plant_convert.metadata import is_ours, read_metadata
from plant_convert.schema.metadata import ModelMetadata
from plant_convert.schema.tables import as_json
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import (
    MANIFEST,
    parse_model_file,
    part_names,
    read_bounded,
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InspectedTensor(_Part):
    """What a layer takes or gives; `number` in its graph, `bytes` of a constant."""

    number: int
    type: str
    shape: list[int]
    bytes: int


class InspectedLayer(_Part):
    """An op in the order of execution."""

    number: int
    graph: int
    op: str
    version: int
    name: str
    inputs: list[InspectedTensor]
    outputs: list[InspectedTensor]
    is_float: bool
    bytes: int
    multiply_adds: int


class Inspected(_Part):
    """What `inspect --json` prints. Documented in docs/json.md."""

    name: str
    bytes: int
    sha256: str
    runtime_min: str
    converter: str | None
    inputs: list[Tensor]
    outputs: list[Tensor]
    ops: list[str]
    float_ops: list[str]
    float_islands: list[tuple[int, int]]
    layers: list[InspectedLayer]
    tensor_types: dict[str, int]
    constant_bytes: int
    multiply_adds: int
    entries: dict[str, int]
    metadata: ModelMetadata | None
    parts: list[str]
    manifest: Manifest | None

    @field_serializer("metadata")
    def _as_flatc_does(self, metadata: ModelMetadata | None) -> dict[str, Any] | None:
        return as_json(metadata) if metadata else None


def inspect(file: Path) -> Inspected:
    """Read any TFLite file; one of ours is checked whole.

    Raises:
        UserError: it is none, it is damaged, or it is a damaged model file of ours.
    """
    return inspect_content(file, read_bounded(file))


def inspect_content(file: Path, content: bytes) -> Inspected:
    """The same of a file's content, wherever it is.

    Args:
        file: its name, for messages.

    Raises:
        UserError: as `inspect`.
    """
    contents = read_contents(content, str(file))
    metadata = read_metadata(contents, str(file))
    parts = part_names(content)
    # Without the zip that build appends, it is a model file that was cut.
    ours = MANIFEST in parts or (not parts and metadata is not None and is_ours(metadata))
    # A tensor is told once, by however many layers it is named.
    told = functools.cache(_tensor)
    return Inspected(
        name=(metadata.name if metadata else "") or file.name,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        runtime_min=contents.runtime_min,
        converter=contents.converter,
        inputs=list(contents.inputs),
        outputs=list(contents.outputs),
        ops=list(contents.ops),
        float_ops=list(contents.float_ops),
        float_islands=[(island[0], island[-1]) for island in contents.float_islands],
        layers=[_layer(number, layer, told) for number, layer in enumerate(contents.layers)],
        tensor_types=contents.tensor_types,
        constant_bytes=sum(layer.bytes for layer in contents.layers),
        multiply_adds=sum(layer.multiply_adds for layer in contents.layers),
        entries={name: len(data) for name, data in contents.metadata.items()},
        metadata=metadata,
        parts=list(parts),
        manifest=parse_model_file(file, content).manifest if ours else None,
    )


def _tensor(tensor: Tensor) -> InspectedTensor:
    return InspectedTensor(
        number=tensor.number, type=tensor.type, shape=list(tensor.shape), bytes=tensor.bytes
    )


def _layer(number: int, layer: Layer, told: Callable[[Tensor], InspectedTensor]) -> InspectedLayer:
    return InspectedLayer(
        number=number,
        graph=layer.graph,
        op=layer.op,
        version=layer.version,
        name=layer.name,
        inputs=list(map(told, layer.inputs)),
        outputs=list(map(told, layer.outputs)),
        is_float=layer.is_float,
        bytes=layer.bytes,
        multiply_adds=layer.multiply_adds,
    )
