"""What is inside a TFLite flatbuffer: its ops, what they work on, what it says of itself."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

from plant_convert.schema.tables import MalformedError, read_root
from plant_convert.schema.tflite import (
    IDENTIFIER,
    Buffer,
    ConversionMetadata,
    Model,
    OperatorCode,
    SubGraph,
)
from plant_device.contract.errors import UserError

_Item = TypeVar("_Item")

_MIN_RUNTIME, _CONVERSION = "min_runtime_version", "CONVERSION_METADATA"
UNKNOWN = "unknown"
_LONGEST_VERSION = 32
# A layer goes by the name of what it gives, and many may give the same.
_LONGEST_NAME = 1000
# More than any op takes; a shape is told with every layer that has it.
_MOST_DIMENSIONS = 16
# Of the weights, an op's second input, the dimensions that one value of the output is a sum over:
# all but the output's channels.
_SUMMED_OVER = {
    "CONV_2D": slice(1, 4),
    "DEPTHWISE_CONV_2D": slice(1, 3),
    "FULLY_CONNECTED": slice(1, 2),
}
# As schema.fbs asks of a buffer's data: kernels load vectors from there.
_ALIGNMENT = 16


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


_OP_NAMES = _names(schema.BuiltinOperator)
_TYPE_NAMES = _names(schema.TensorType)


@dataclass(frozen=True)
class Tensor:
    """What an op takes or gives.

    Args:
        number: in its graph.
        type: such as INT8.
        shape: a dimension that is known only when the network runs is 1 or -1.
        bytes: of a constant; 0 for what is computed.
        scale, zero_point: a value is (stored - zero_point) * scale; None where that is not one
            pair for the whole tensor.
    """

    number: int
    name: str
    type: str
    shape: tuple[int, ...]
    bytes: int
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True)
class Layer:
    """One op of a graph.

    Args:
        graph: the number of the graph that it is of; 0 is the one that a call runs.
        op: such as CONV_2D; of a custom op its own name.
        version: of the op.
        name: of what it gives.
        inputs: without optional ones that are not there.
        bytes: of its constants, but for those of layers before it.
    """

    graph: int
    op: str
    version: int
    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    bytes: int

    @property
    def is_float(self) -> bool:
        """Whether it takes or gives other numbers than integers."""
        return any(_is_float(tensor.type) for tensor in (*self.inputs, *self.outputs))

    @property
    def multiply_adds(self) -> int:
        """Of a convolution or a dense layer, for one call; a dimension not known counts as 1."""
        if self.op not in _SUMMED_OVER or len(self.inputs) < 2 or not self.outputs:
            return 0
        weights = self.inputs[1].shape[_SUMMED_OVER[self.op]]
        return math.prod(max(1, side) for side in (*self.outputs[0].shape, *weights))


@dataclass(frozen=True)
class Contents:
    """The graphs of a flatbuffer, and what else it holds.

    Args:
        inputs, outputs: of a call.
        layers: in the order of execution, one graph after the other.
        tensor_types: how many tensors there are of each type.
        runtime_min: the lowest TensorFlow Lite version that has all the ops; or "unknown".
        converter: the version of the TensorFlow that made it; None where nothing says so.
        metadata: the bytes of each entry, by its name.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[Layer, ...]
    tensor_types: dict[str, int]
    runtime_min: str
    converter: str | None
    metadata: Mapping[str, Sequence[int]]

    @property
    def ops(self) -> tuple[str, ...]:
        """In the order of execution."""
        return tuple(layer.op for layer in self.layers)

    @property
    def custom_ops(self) -> tuple[str, ...]:
        """The names of those that are not TFLite's own, each once; Flex ops are such."""
        return tuple(sorted({*self.ops} - {*_OP_NAMES.values()}))

    @property
    def float_ops(self) -> tuple[str, ...]:
        """Those that are not integer, each with the name of what it gives."""
        return tuple(f"{layer.op} {layer.name}" for layer in self.layers if layer.is_float)

    @property
    def float_islands(self) -> tuple[range, ...]:
        """Runs of float layers between integer ones of the same graph, as numbers of layers."""
        layers = self.layers
        runs = [
            list(run)
            for _, run in groupby(
                range(len(layers)), lambda number: (layers[number].graph, layers[number].is_float)
            )
        ]
        return tuple(
            range(run[0], run[-1] + 1)
            for before, run, after in zip(runs, runs[1:], runs[2:], strict=False)
            if layers[run[0]].is_float and layers[before[-1]].graph == layers[after[0]].graph
        )

    @property
    def float_tensors(self) -> int:
        """Tensors that are not integers."""
        return sum(n for kind, n in self.tensor_types.items() if _is_float(kind))


def read_contents(flatbuffer: bytes, name: str = "the flatbuffer") -> Contents:
    """Read a flatbuffer from anywhere; what stands behind it does not matter.

    Args:
        name: what the error calls it.

    Raises:
        UserError: it is damaged, or no TFLite flatbuffer.
    """
    try:
        return _contents(read_root(Model, flatbuffer, IDENTIFIER))
    except MalformedError as error:
        raise UserError(
            f"expected a TFLite model, received {name}, which {error}: name another file, or copy "
            "this one again"
        ) from None


def packed_model(model: schema.ModelT) -> bytes:
    """The flatbuffer of a model, every constant where the kernels want it."""
    model.buffers = [_AlignedBuffer(each.data, each.offset, each.size) for each in model.buffers]
    content = sum(len(each.data) for each in model.buffers if each.data is not None)
    # Room for all of it: the builder would copy it with every doubling.
    builder = Builder(content + (content >> 3) + 4096)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


class _AlignedBuffer(schema.BufferT):
    """flatc's Python forgets the schema's `force_align`."""

    def Pack(self, builder: Builder) -> int:  # noqa: N802  (the name is theirs)
        if self.data is not None:
            builder.Prep(_ALIGNMENT, len(self.data))
        return int(super().Pack(builder))


def _contents(model: Model) -> Contents:
    if not model.subgraphs:
        raise MalformedError("has no graph")
    graphs = [_tensors(graph, model.buffers) for graph in model.subgraphs]
    main, tensors = model.subgraphs[0], graphs[0]
    entries = {
        entry.name: _at(model.buffers, entry.buffer, "buffer").data for entry in model.metadata
    }
    runtime_min = bytes(entries.get(_MIN_RUNTIME, b"")[:_LONGEST_VERSION]).rstrip(b"\0")
    return Contents(
        inputs=_chosen(tensors, main.inputs),
        outputs=_chosen(tensors, main.outputs),
        layers=tuple(_layers(model, graphs)),
        tensor_types=dict(Counter(each.type for graph in graphs for each in graph).most_common()),
        runtime_min=runtime_min.decode(errors="replace") or UNKNOWN,
        converter=_converter(entries.get(_CONVERSION)),
        metadata=entries,
    )


def _converter(block: Sequence[int] | None) -> str | None:
    if not block:
        return None
    environment = read_root(ConversionMetadata, bytes(block), b"").environment
    return environment.tensorflow_version[:_LONGEST_VERSION] if environment else None


def _tensors(graph: SubGraph, buffers: Sequence[Buffer]) -> list[Tensor]:
    found = []
    for number, stored in enumerate(graph.tensors):
        buffer = _at(buffers, stored.buffer, "buffer") if stored.buffer else None
        if len(stored.shape) > _MOST_DIMENSIONS:
            raise MalformedError(f"has a tensor of {len(stored.shape)} dimensions")
        values = stored.quantization
        whole = values is not None and len(values.scale) == len(values.zero_point) == 1
        found.append(
            Tensor(
                number=number,
                name=stored.name[:_LONGEST_NAME],
                type=_TYPE_NAMES.get(stored.type, str(stored.type)),
                shape=stored.shape,
                bytes=max(len(buffer.data), buffer.size) if buffer else 0,
                scale=values.scale[0] if values and whole else None,
                zero_point=values.zero_point[0] if values and whole else None,
            )
        )
    return found


def _layers(model: Model, graphs: Sequence[Sequence[Tensor]]) -> Iterator[Layer]:
    counted: set[int] = set()
    for number, (graph, tensors) in enumerate(zip(model.subgraphs, graphs, strict=True)):
        for operator in graph.operators:
            code = _at(model.operator_codes, operator.opcode_index, "op")
            inputs = _chosen(tensors, operator.inputs)
            outputs = _chosen(tensors, operator.outputs)
            new = {graph.tensors[each.number].buffer: each.bytes for each in inputs}
            yield Layer(
                graph=number,
                op=_op_name(code),
                version=code.version,
                name=outputs[0].name if outputs else "",
                inputs=inputs,
                outputs=outputs,
                bytes=sum(size for buffer, size in new.items() if buffer not in counted),
            )
            counted |= new.keys()


def _op_name(code: OperatorCode) -> str:
    # The older field holds what it can, to be read by older runtimes.
    value = max(code.builtin_code, code.deprecated_builtin_code)
    return code.custom_code[:_LONGEST_NAME] or _OP_NAMES.get(value, str(value))


def _chosen(tensors: Sequence[Tensor], numbers: Sequence[int]) -> tuple[Tensor, ...]:
    # An optional input that is not there is number -1.
    return tuple(_at(tensors, number, "tensor") for number in numbers if number != -1)


def _at(items: Sequence[_Item], number: int, what: str) -> _Item:
    if not 0 <= number < len(items):
        raise MalformedError(f"names {what} {number} where it has {len(items)}")
    return items[number]


def _is_float(kind: str) -> bool:
    return kind.startswith(("FLOAT", "BFLOAT", "COMPLEX"))
