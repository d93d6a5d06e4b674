"""What `inspect` found in a TFLite file, for a person."""

from collections import Counter
from collections.abc import Iterator, Sequence

from plant_convert.flatbuffer import UNKNOWN, Tensor
from plant_convert.gate_words import conversion_sentence, gate_sentence
from plant_convert.inspect.inspected import Inspected, InspectedLayer, InspectedTensor
from plant_convert.schema.metadata import ModelMetadata, TensorMetadata
from plant_convert.schema.tables import as_json

# More of a layer's tensors are counted, not told.
_TOLD_TENSORS = 4
_FLOAT = "*"


def in_words(inspected: Inspected) -> str:
    """For a person: what the file is, then its layers."""
    told = [f"{key:<12}{text}" for key, text in facts(inspected)]
    return "\n".join(map(_printable, [title(inspected), *told, "", *_table(inspected)]))


def op(layer: InspectedLayer) -> str:
    """A layer's op, and its graph if that is another one than a call's."""
    return f"{layer.op} of graph {layer.graph}" if layer.graph else layer.op


def flow(layer: InspectedLayer) -> str:
    """What a layer computes of what, without constants."""
    inputs = [tensor for tensor in layer.inputs if not tensor.bytes]
    return f"{shapes(inputs) or 'constants'} → {shapes(layer.outputs) or 'nothing'}"


def size(layer: InspectedLayer, inspected: Inspected) -> str:
    """The bytes of a layer's constants, and their share of all; empty where it has none."""
    share = layer.bytes / max(1, inspected.constant_bytes)
    return f"{amount(layer.bytes, 'B')}, {share:.1%}" if layer.bytes else ""


def work(layer: InspectedLayer) -> str:
    """A layer's multiply-adds; empty where none are counted."""
    return amount(layer.multiply_adds, "") if layer.multiply_adds else ""


def amount(number: int, unit: str) -> str:
    """Rounded to three or four digits, with the prefix of its size."""
    for prefix, one in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= one:
            return f"{number / one:.1f} {prefix}{unit}"
    return f"{number} {unit}".rstrip()


def title(inspected: Inspected) -> str:
    """What the file is."""
    manifest = inspected.manifest
    if manifest is None:
        ops = f"{len(inspected.ops)} ops, {amount(inspected.bytes, 'B')}"
        return f"{inspected.name}: a TFLite model of {ops}"
    return (
        f"{manifest.name} {manifest.version}: {manifest.architecture}, "
        f"{len(manifest.classes)} classes, {amount(inspected.bytes, 'B')}"
    )


def facts(inspected: Inspected) -> Iterator[tuple[str, str]]:
    """What there is to say of the whole file, each with a word before it."""
    manifest = inspected.manifest
    if manifest is None:
        yield "input", "; ".join(map(_end, inspected.inputs)) or "none"
    else:
        yield (
            "input",
            f"uint8 [1, {manifest.input.side}, {manifest.input.side}, 3] RGB, "
            f"centre of {manifest.input.stored_side} x {manifest.input.stored_side}",
        )
    yield "output", "; ".join(map(_end, inspected.outputs)) or "none"
    yield "ops", ", ".join(f"{op} {count}" for op, count in Counter(inspected.ops).items())
    every = 0 < len(inspected.float_ops) == len(inspected.ops)
    yield "float ops", "all" if every else ", ".join(inspected.float_ops) or "none"
    if inspected.float_islands:
        islands = ", ".join(f"{first} to {last}" for first, last in inspected.float_islands)
        yield "islands", f"{len(inspected.float_islands)} of float ops: layers {islands}"
    yield "tensors", ", ".join(f"{n} {kind}" for kind, n in inspected.tensor_types.items())
    yield "constants", amount(inspected.constant_bytes, "B")
    yield "work", f"{amount(inspected.multiply_adds, '')} multiply-adds"
    if manifest is not None:
        held_out = manifest.held_out
        yield (
            "held out",
            f"{held_out.int8.n} pictures: top-1 {held_out.int8.top1:.2%} "
            f"(float32 {held_out.float32.top1:.2%}), macro F1 {held_out.int8.macro_f1:.4f} "
            f"(float32 {held_out.float32.macro_f1:.4f}), agreement {held_out.agreement:.2%}",
        )
        if manifest.gate and manifest.conversion:
            yield "gate", gate_sentence(manifest.gate)
            yield "quantised", conversion_sentence(manifest.conversion)
        yield (
            "decides",
            f"unsure below {manifest.thresholds.unsure:.3f}, not a leaf below energy "
            f"{manifest.thresholds.not_leaf:.2f}, temperature {manifest.temperature:.3f}",
        )
        yield "self-test", f"{len(manifest.self_test)} pictures"
    known = inspected.runtime_min != UNKNOWN
    yield "runtime", f"TensorFlow Lite {inspected.runtime_min} or newer" if known else "not said"
    if manifest is not None:
        yield "made by", f"run {manifest.made_by.run}, {manifest.made_by.created}"
    yield "converter", f"TensorFlow {inspected.converter}" if inspected.converter else "not said"
    entries = [f"{name} {amount(n, 'B')}" for name, n in inspected.entries.items()]
    yield "entries", ", ".join(entries) or "none"
    yield from _told_metadata(inspected.metadata)
    yield "parts", ", ".join(inspected.parts) or "none"
    yield "sha256", inspected.sha256


def _told_metadata(metadata: ModelMetadata | None) -> Iterator[tuple[str, str]]:
    if metadata is None:
        yield "metadata", "none"
        return
    yield (
        "metadata",
        f"{metadata.name} {metadata.version}, by {metadata.author or 'nobody named'}: "
        f"{metadata.description}",
    )
    yield "licence", metadata.license or "not said"
    for graph in metadata.subgraph_metadata:
        for tensor in graph.input_tensor_metadata:
            yield "takes", _told_tensor(tensor)
        for tensor in graph.output_tensor_metadata:
            yield "gives", _told_tensor(tensor)


def _told_tensor(tensor: TensorMetadata) -> str:
    content = tensor.content.content_properties if tensor.content else None
    units = [unit.options for unit in tensor.process_units if unit.options]
    said = [_told_table(table) for table in (content, *units) if table]
    files = [f"{file.name} ({file.type})" for file in tensor.associated_files]
    return "; ".join([f"{tensor.name}: {tensor.description}".strip(": "), *said, *files])


def _told_table(table: object) -> str:
    told = ", ".join(f"{key} {_told(value)}" for key, value in as_json(table).items())
    return f"{type(table).__name__} {told}".strip()


def _told(value: object) -> str:
    return " ".join(f"{number:g}" for number in value) if isinstance(value, tuple) else str(value)


def shapes(tensors: Sequence[InspectedTensor | Tensor]) -> str:
    """Types and shapes of the first of some tensors."""
    told = [f"{each.type} {'x'.join(map(str, each.shape))}" for each in tensors[:_TOLD_TENSORS]]
    more = len(tensors) - len(told)
    return ", ".join([*told, *([f"{more} more"] if more else [])])


def _printable(line: str) -> str:
    # A name from outside may hold what steers a terminal.
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)


def _end(tensor: Tensor) -> str:
    scale = "" if tensor.scale is None else f", scale {tensor.scale:.6g}, zero {tensor.zero_point}"
    return f"{tensor.name} {tensor.type} {list(tensor.shape)}{scale}"


def _table(inspected: Inspected) -> Iterator[str]:
    rows = [
        (str(layer.number), op(layer), flow(layer), size(layer, inspected), work(layer))
        for layer in inspected.layers
    ]
    header = ("", "op", "takes → gives", "constants", "multiply-adds")
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    marks = [_FLOAT if layer.is_float else " " for layer in inspected.layers]
    for mark, (number, *texts) in zip([" ", *marks], [header, *rows], strict=True):
        columns = (f"{text:<{width}}" for text, width in zip(texts, widths[1:], strict=True))
        yield f"{mark}{number:>{widths[0] + 1}}  {'  '.join(columns)}".rstrip()
    if inspected.float_ops:
        yield f"{_FLOAT} takes or gives other numbers than integers"
