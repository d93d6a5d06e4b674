"""The tables of a TFLite flatbuffer that tell what is in it.

Names and slots are those of TensorFlow's schema.fbs (tensorflow/compiler/mlir/lite/schema), which
explains each field. ai-edge-litert has all of the schema in Python, but believes every length and
offset that it reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from plant_convert.schema.tables import (
    FLOAT32,
    INT8,
    INT32,
    INT64,
    UINT8,
    UINT32,
    UINT64,
    Many,
    Number,
    Numbers,
    One,
    Text,
    View,
)

IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class OperatorCode:
    """An op that the graphs use."""

    deprecated_builtin_code: Annotated[int, Number(0, INT8)]
    custom_code: Annotated[str, Text(1)]
    version: Annotated[int, Number(2, INT32, without=1)]
    builtin_code: Annotated[int, Number(3, INT32)]


@dataclass(frozen=True)
class QuantizationParameters:
    """A real value is (value - zero_point) * scale."""

    scale: Annotated[Sequence[float], View(2, FLOAT32)]
    zero_point: Annotated[Sequence[int], View(3, INT64)]


@dataclass(frozen=True)
class Tensor:
    """A tensor of one graph; its `type` is a number of the schema's TensorType."""

    shape: Annotated[tuple[int, ...], Numbers(0, INT32)]
    type: Annotated[int, Number(1, INT8)]
    buffer: Annotated[int, Number(2, UINT32)]
    name: Annotated[str, Text(3)]
    quantization: Annotated[QuantizationParameters | None, One(4, QuantizationParameters)]


@dataclass(frozen=True)
class Operator:
    """One call of an op; the numbers are those of tensors, -1 stands for none."""

    opcode_index: Annotated[int, Number(0, UINT32)]
    inputs: Annotated[tuple[int, ...], Numbers(1, INT32)]
    outputs: Annotated[tuple[int, ...], Numbers(2, INT32)]


@dataclass(frozen=True)
class SubGraph:
    """A graph, its operators in the order of execution."""

    tensors: Annotated[tuple[Tensor, ...], Many(0, Tensor)]
    inputs: Annotated[tuple[int, ...], Numbers(1, INT32)]
    outputs: Annotated[tuple[int, ...], Numbers(2, INT32)]
    operators: Annotated[tuple[Operator, ...], Many(3, Operator)]


@dataclass(frozen=True)
class Buffer:
    """A constant, or nothing; of a file of more than 2 GB it stands behind the flatbuffer."""

    data: Annotated[Sequence[int], View(0, UINT8)]
    size: Annotated[int, Number(2, UINT64)]


@dataclass(frozen=True)
class Metadata:
    """Something about the model, in a buffer."""

    name: Annotated[str, Text(0)]
    buffer: Annotated[int, Number(1, UINT32)]


@dataclass(frozen=True)
class Model:
    """The root."""

    operator_codes: Annotated[tuple[OperatorCode, ...], Many(1, OperatorCode)]
    subgraphs: Annotated[tuple[SubGraph, ...], Many(2, SubGraph)]
    buffers: Annotated[tuple[Buffer, ...], Many(4, Buffer)]
    metadata: Annotated[tuple[Metadata, ...], Many(6, Metadata)]


@dataclass(frozen=True)
class Environment:
    """Where a model was converted."""

    tensorflow_version: Annotated[str, Text(0)]


@dataclass(frozen=True)
class ConversionMetadata:
    """What TensorFlow's converter says of itself (conversion_metadata.fbs)."""

    environment: Annotated[Environment | None, One(0, Environment)]
