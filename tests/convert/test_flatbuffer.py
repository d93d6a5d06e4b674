from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from plant_convert.flatbuffer import Contents, Layer, Tensor, packed_model, read_contents
from plant_device.contract.errors import UserError
from plant_device.contract.model_file import read_model_file


@pytest.fixture
def model(lenet_model_file: Path) -> Any:
    """LeNet's flatbuffer as flatc's own Python reads it."""
    return schema.ModelT.InitFromPackedBuf(read_model_file(lenet_model_file).flatbuffer)


def _tensor(type_: str, *shape: int, constant: int = 0) -> Tensor:
    return Tensor(0, "t", type_, shape, constant, None, None)


def _layer(op: str, output: Tensor, *inputs: Tensor, graph: int = 0) -> Layer:
    return Layer(graph, op, 1, "t", inputs, (output,), 0)


def _contents(*layers: Layer) -> Contents:
    return Contents((), (), layers, {}, "1.14.0", None, {})


def _named(enumeration: type, value: int) -> str:
    return next(name for name, each in vars(enumeration).items() if each == value)


@pytest.mark.parametrize("file", ["lenet_model_file", "foreign_file"])
def test_it_reads_what_flatcs_own_reader_reads(file: str, request: pytest.FixtureRequest) -> None:
    content = request.getfixturevalue(file).read_bytes()
    model = schema.ModelT.InitFromPackedBuf(content)
    (graph,) = model.subgraphs
    contents = read_contents(content)
    assert len(contents.layers) == len(graph.operators)
    for layer, operator in zip(contents.layers, graph.operators, strict=True):
        code = model.operatorCodes[operator.opcodeIndex]
        assert layer.op == _named(schema.BuiltinOperator, code.builtinCode)
        assert layer.version == code.version
        assert layer.name == graph.tensors[operator.outputs[0]].name.decode()
        numbers = [number for number in (*operator.inputs, *operator.outputs) if number >= 0]
        for told, number in zip((*layer.inputs, *layer.outputs), numbers, strict=True):
            tensor = graph.tensors[number]
            data = model.buffers[tensor.buffer].data
            assert (told.number, told.name) == (number, tensor.name.decode())
            assert told.type == _named(schema.TensorType, tensor.type)
            assert told.shape == tuple(tensor.shape)
            assert told.bytes == (0 if data is None else len(data))
    ends = [graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]]
    for told, tensor in zip((*contents.inputs, *contents.outputs), ends, strict=True):
        assert told.name == tensor.name.decode()
        scales = tensor.quantization.scale if tensor.quantization else None
        assert told.scale == (None if scales is None else scales[0])
    assert contents.metadata.keys() == {each.name.decode() for each in model.metadata}
    assert contents.converter == "2.21.0"


def test_constants_are_told_by_the_layer_and_each_but_once(model: Any) -> None:
    contents = read_contents(packed_model(model))
    sizes = [layer.bytes for layer in contents.layers if layer.op == "FULLY_CONNECTED"]
    assert sizes == [400 * 120 + 4 * 120, 120 * 84 + 4 * 84, 84 * 8 + 4 * 8]
    (graph,) = model.subgraphs
    first, second = (operator.inputs[1] for operator in graph.operators[-3:-1])
    graph.tensors[second].buffer = graph.tensors[first].buffer
    shared = read_contents(packed_model(model))
    assert [layer.bytes for layer in shared.layers[-3:]] == [sizes[0], 4 * 84, sizes[2]]


def test_lenets_multiply_adds_are_those_of_its_paper(lenet_model_file: Path) -> None:
    layers = read_contents(lenet_model_file.read_bytes()).layers
    assert [layer.multiply_adds for layer in layers if layer.multiply_adds] == [
        28 * 28 * 6 * 5 * 5 * 3,
        10 * 10 * 16 * 5 * 5 * 6,
        400 * 120,
        120 * 84,
        84 * 8,
    ]


@pytest.mark.parametrize(
    ("op", "output", "weights", "expected"),
    [
        # AlexNet's second convolution, of two groups.
        ("CONV_2D", (1, 27, 27, 256), (256, 5, 5, 48), 223_948_800),
        # MobileNet's first depthwise one.
        ("DEPTHWISE_CONV_2D", (1, 112, 112, 32), (1, 3, 3, 32), 3_612_672),
        ("FULLY_CONNECTED", (1, 4096), (4096, 9216), 37_748_736),
        ("FULLY_CONNECTED", (-1, 10), (10, 7), 70),
        ("ADD", (1, 4), (1, 4), 0),
    ],
)
def test_multiply_adds_are_counted_by_the_output_and_the_weights(
    op: str, output: tuple[int, ...], weights: tuple[int, ...], expected: int
) -> None:
    layer = _layer(op, _tensor("INT8", *output), _tensor("INT8"), _tensor("INT8", *weights))
    assert layer.multiply_adds == expected


def test_islands_are_float_layers_between_integer_ones_of_the_same_graph() -> None:
    whole, real = _tensor("INT8", 1), _tensor("FLOAT32", 1)
    integer, leaving = _layer("ADD", whole, whole), _layer("DEQUANTIZE", real, whole)
    inside, back = _layer("EXP", real, real), _layer("QUANTIZE", whole, real)
    other = _layer("ADD", whole, whole, graph=1)
    assert _contents(integer, leaving, inside, back, integer).float_islands == (range(1, 4),)
    assert _contents(integer, leaving, back, integer, leaving).float_islands == (range(1, 3),)
    assert _contents(back, integer, leaving).float_islands == ()
    assert _contents(inside, inside).float_islands == ()
    assert _contents(integer, inside, other).float_islands == ()
    assert _contents().float_islands == ()


def test_the_island_of_a_foreign_file_is_found(foreign_file: Path) -> None:
    contents = read_contents(foreign_file.read_bytes())
    (island,) = contents.float_islands
    assert [contents.ops[number] for number in island] == [
        "DEQUANTIZE",
        "LOCAL_RESPONSE_NORMALIZATION",
        "QUANTIZE",
    ]
    assert len(contents.float_ops) == 5
    assert contents.float_tensors == 4


def test_a_custom_op_goes_by_its_own_name(model: Any) -> None:
    model.operatorCodes[0].customCode = "MyOp"
    assert read_contents(packed_model(model)).ops[0] == "MyOp"


def test_all_graphs_are_read(model: Any) -> None:
    once = read_contents(packed_model(model))
    model.subgraphs.append(model.subgraphs[0])
    twice = read_contents(packed_model(model))
    assert twice.ops == 2 * once.ops
    assert [layer.graph for layer in twice.layers] == [0] * 9 + [1] * 9
    assert twice.inputs == once.inputs


def _without_graph(model: Any) -> None:
    model.subgraphs = []


def _with_unknown_tensor(model: Any) -> None:
    model.subgraphs[0].operators[2].inputs = [99]


def _with_unknown_op(model: Any) -> None:
    model.subgraphs[0].operators[2].opcodeIndex = 99


def _with_unknown_buffer(model: Any) -> None:
    model.metadata[0].buffer = 99


def _with_many_dimensions(model: Any) -> None:
    model.subgraphs[0].tensors[3].shape = [1] * 17


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_without_graph, "has no graph"),
        (_with_unknown_tensor, "names tensor 99 where it has 21"),
        (_with_unknown_op, "names op 99 where it has 5"),
        (_with_many_dimensions, "has a tensor of 17 dimensions"),
        (_with_unknown_buffer, r"names buffer 99 where it has \d+"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(model: Any, spoil: Any, reason: str) -> None:
    spoil(model)
    with pytest.raises(UserError, match=rf"^expected a TFLite model, received x, which {reason}: "):
        read_contents(packed_model(model), "x")


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x1c\0\0\0TFL3", b"GGUF" * 9])
def test_what_is_no_tflite_file_is_refused(content: bytes) -> None:
    with pytest.raises(UserError, match=r"^expected a TFLite model, received the flatbuffer, "):
        read_contents(content)
