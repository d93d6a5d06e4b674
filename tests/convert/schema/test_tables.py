from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import flatbuffers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plant_convert.schema.metadata import (
    IDENTIFIER,
    AssociatedFile,
    Content,
    ImageProperties,
    ModelMetadata,
    NormalizationOptions,
    ProcessUnit,
    SubGraphMetadata,
    TensorMetadata,
)
from plant_convert.schema.tables import (
    FLOAT32,
    INT32,
    UINT32,
    MalformedError,
    Many,
    Name,
    Number,
    Numbers,
    One,
    OneOf,
    Text,
    Texts,
    as_json,
    packed,
    read_root,
)

NUMBERS: dict[Any, st.SearchStrategy[Any]] = {
    FLOAT32: st.floats(width=32, allow_nan=False),
    INT32: st.integers(-(2**31), 2**31 - 1),
    UINT32: st.integers(0, 2**32 - 1),
}

SAID = ModelMetadata(
    name="leaves",
    version="3",
    subgraph_metadata=(
        SubGraphMetadata(
            input_tensor_metadata=(
                TensorMetadata(
                    name="image",
                    content=Content(ImageProperties("RGB")),
                    process_units=(ProcessUnit(NormalizationOptions((0.0,), (1.0,))),),
                ),
            ),
            output_tensor_metadata=(
                TensorMetadata(associated_files=(AssociatedFile("labels.txt"),)),
            ),
        ),
    ),
)


def _values(field: Any) -> st.SearchStrategy[Any]:
    match field:
        case Number(form=form):
            return NUMBERS[form]
        case Numbers(form=form):
            return st.lists(NUMBERS[form], max_size=3).map(tuple)
        case Name(names=names):
            return st.sampled_from(names)
        case Text():
            return st.text(max_size=9)
        case Texts():
            return st.lists(st.text(max_size=9), max_size=3).map(tuple)
        case One(table=table):
            return st.none() | _tables(table)
        case Many(table=table):
            return st.lists(_tables(table), max_size=2).map(tuple)
        case OneOf(tables=tables):
            return st.one_of(st.none(), *map(_tables, tables))
    raise TypeError(field)


def _tables(table: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(table, include_extras=True)
    return st.builds(table, **{name: _values(hint.__metadata__[0]) for name, hint in hints.items()})


@given(_tables(ModelMetadata))
@example(ModelMetadata())
@example(SAID)
def test_what_is_written_is_read_back_and_always_the_same_bytes(said: ModelMetadata) -> None:
    content = packed(said, IDENTIFIER)
    assert content[4:8] == b"M001"
    assert read_root(ModelMetadata, content, IDENTIFIER) == said
    assert packed(said, IDENTIFIER) == content


def test_json_has_the_names_of_the_schema_and_leaves_defaults_out() -> None:
    graph = as_json(SAID)["subgraph_metadata"][0]
    assert as_json(SAID).keys() == {"name", "version", "subgraph_metadata"}
    assert graph["input_tensor_metadata"] == [
        {
            "name": "image",
            "content": {
                "content_properties_type": "ImageProperties",
                "content_properties": {"color_space": "RGB"},
            },
            "process_units": [
                {
                    "options_type": "NormalizationOptions",
                    "options": {"mean": (0.0,), "std": (1.0,)},
                }
            ],
        }
    ]
    assert graph["output_tensor_metadata"] == [{"associated_files": [{"name": "labels.txt"}]}]


@dataclass(frozen=True)
class _Later:
    """A table of a later schema: a kind of file, and a field, that the reader does not know."""

    name: Annotated[str, Text(0)]
    type: Annotated[int, Number(2, INT32)]
    more: Annotated[str, Text(7)]


def test_what_a_later_schema_has_is_passed_over() -> None:
    content = packed(_Later("labels.txt", 9, "more"), IDENTIFIER)
    assert read_root(AssociatedFile, content, IDENTIFIER) == AssociatedFile("labels.txt", type="9")


def test_a_text_that_is_not_utf8_is_replaced() -> None:
    content = packed(ModelMetadata(name="leaf"), IDENTIFIER).replace(b"leaf", b"\xffeaf")
    assert read_root(ModelMetadata, content, IDENTIFIER).name == "�eaf"


@pytest.mark.parametrize("length", [0, 3, 7, 8, 11])
def test_a_file_without_a_root_is_malformed(length: int) -> None:
    content = packed(SAID, IDENTIFIER)[:length]
    with pytest.raises(MalformedError):
        read_root(ModelMetadata, content, IDENTIFIER)


def test_another_kind_of_flatbuffer_is_malformed() -> None:
    with pytest.raises(MalformedError, match="kind TFL3"):
        read_root(ModelMetadata, packed(SAID, IDENTIFIER), b"TFL3")


@given(st.data())
def test_damaged_bytes_are_read_as_something_or_malformed(data: st.DataObject) -> None:
    content = bytearray(packed(SAID, IDENTIFIER))
    places = st.integers(8, len(content) - 4)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        struct.pack_into("<I", content, place, data.draw(st.integers(0, 2**32 - 1)))
    cut = data.draw(st.integers(0, len(content)))
    for damaged in (bytes(content), bytes(content[:cut])):
        with suppress(MalformedError):
            assert isinstance(read_root(ModelMetadata, damaged, IDENTIFIER), ModelMetadata)


def test_a_list_that_names_one_table_endlessly_is_refused() -> None:
    """Four bytes of the file would be a table in memory."""
    builder = flatbuffers.Builder()
    builder.StartObject(1)
    table = builder.EndObject()
    builder.StartVector(4, 300_000, 4)
    for _ in range(300_000):
        builder.PrependUOffsetTRelative(table)
    files = builder.EndVector()
    builder.StartObject(7)
    builder.PrependUOffsetTRelativeSlot(6, files, 0)
    builder.Finish(builder.EndObject(), file_identifier=IDENTIFIER)
    with pytest.raises(MalformedError, match="overlap"):
        read_root(ModelMetadata, bytes(builder.Output()), IDENTIFIER)


def test_a_list_that_is_longer_than_the_file_is_refused_before_it_is_read() -> None:
    content = bytearray(packed(ModelMetadata(name="leaves"), IDENTIFIER))
    struct.pack_into("<I", content, content.index(b"leaves") - 4, 2**32 - 1)
    with pytest.raises(MalformedError, match="ends within a list"):
        read_root(ModelMetadata, bytes(content), IDENTIFIER)
