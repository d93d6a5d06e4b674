"""FlatBuffers tables as frozen dataclasses: read from files that nobody vouches for, and written.

A dataclass declares the fields of a schema's table, each with its slot and how it is stored, as in
`name: Annotated[str, Text(0)] = ""`. A field that is not there has its default; what a schema has
beyond the declared fields is passed over.
"""

import functools
import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from flatbuffers import Builder
from flatbuffers.number_types import (
    Float32Flags,
    Int8Flags,
    Int32Flags,
    Int64Flags,
    SOffsetTFlags,
    Uint8Flags,
    Uint32Flags,
    Uint64Flags,
    UOffsetTFlags,
    VOffsetTFlags,
)

INT8, INT32, INT64 = Int8Flags, Int32Flags, Int64Flags
UINT8, UINT32, UINT64, FLOAT32 = Uint8Flags, Uint32Flags, Uint64Flags, Float32Flags

Table = TypeVar("Table")

# What reading one file may take, about in bytes of memory. Tables and lists may overlap, so that
# a small file can seem to hold any number of them.
_BUDGET = 96 << 20
_TABLE_COST, _NUMBER_COST = 512, 64


class MalformedError(Exception):
    """A flatbuffer that cannot be read. Says why, as in "the file …"."""


def read_root(table: type[Table], content: bytes, identifier: bytes) -> Table:
    """Read a flatbuffer from an untrusted place.

    Args:
        table: the dataclass of the root.
        identifier: the four bytes that name the schema; empty where it has none.

    Raises:
        MalformedError: it is of another schema, points out of itself, or describes more than
            any real one does.
    """
    if content[4 : 4 + len(identifier)] != identifier:
        raise MalformedError(f"does not begin like a flatbuffer of the kind {identifier.decode()}")
    source = Source(content)
    root: Table = _read(table, source, source.target(0))
    return root


def packed(root: object, identifier: bytes) -> bytes:
    """The flatbuffer of a dataclass's object; equal objects give equal bytes."""
    builder = Builder()
    builder.Finish(_write(root, builder), file_identifier=identifier)
    return bytes(builder.Output())


def as_json(table: Any) -> dict[str, Any]:
    """As `flatc --json` prints it: fields that have their default are left out."""
    told: dict[str, Any] = {}
    for name, field in _fields(table.__class__):
        if (value := getattr(table, name)) != field.default:
            told |= field.told(name, value)
    return told


class Source:
    """The bytes of a flatbuffer, every access checked, and what may still be read of them."""

    def __init__(self, content: bytes) -> None:
        self.content, self._budget = content, _BUDGET

    def spend(self, cost: int) -> None:
        """Count something that is read.

        Raises:
            MalformedError: it was too much.
        """
        self._budget -= cost
        if self._budget < 0:
            raise MalformedError("describes more than any real model: parts of it overlap")

    def number(self, form: struct.Struct, position: int) -> Any:
        """The number at a position."""
        if not 0 <= position <= len(self.content) - form.size:
            raise MalformedError("points out of itself: it is truncated or damaged")
        return form.unpack_from(self.content, position)[0]

    def target(self, position: int) -> int:
        """Where the offset at a position points to."""
        return position + int(self.number(UOffsetTFlags.packer_type, position))

    def vector(self, position: int, width: int) -> tuple[int, int]:
        """Start and length of the vector, of elements of `width` bytes, that is pointed to."""
        start = self.target(position)
        length = int(self.number(UOffsetTFlags.packer_type, start))
        start += UOffsetTFlags.bytewidth
        if length * width > len(self.content) - start:
            raise MalformedError("ends within a list: it is truncated or damaged")
        return start, length

    def field(self, table: int, slot: int) -> int | None:
        """Where the table at a position has the field of a slot, if it has it."""
        vtable = table - int(self.number(SOffsetTFlags.packer_type, table))
        # Before the fields' entries a vtable has its own size and the table's.
        entry = (2 + slot) * VOffsetTFlags.bytewidth
        if entry >= self.number(VOffsetTFlags.packer_type, vtable):
            return None
        offset = int(self.number(VOffsetTFlags.packer_type, vtable + entry))
        return table + offset if offset else None


@dataclass(frozen=True)
class Field(ABC):
    """How a field of a table is stored.

    Args:
        slot: its place in the schema.
    """

    slot: int

    @property
    @abstractmethod
    def default(self) -> Any:
        """What a table has without the field."""

    @abstractmethod
    def read(self, source: Source, table: int) -> Any:
        """The field of the table at a position."""

    @abstractmethod
    def store(self, builder: Builder, value: Any) -> Any:
        """Write what stands outside of the table; returns what `add` takes."""

    @abstractmethod
    def add(self, builder: Builder, stored: Any) -> None:
        """Write what stands in the table."""

    def told(self, name: str, value: Any) -> dict[str, Any]:
        """The field in JSON."""
        return {name: value}


class _OneSlot(Field):
    """A field with one slot, in which stands, unless something else is said, an offset."""

    @property
    def default(self) -> Any:
        return ()

    def read(self, source: Source, table: int) -> Any:
        position = source.field(table, self.slot)
        return self.default if position is None else self.read_at(source, position)

    @abstractmethod
    def read_at(self, source: Source, position: int) -> Any:
        """The field, from its position in the table."""

    def add(self, builder: Builder, stored: Any) -> None:
        builder.PrependUOffsetTRelativeSlot(self.slot, stored, 0)


@dataclass(frozen=True)
class Number(_OneSlot):
    """A number, in the table itself."""

    form: Any
    without: int | float = 0

    @property
    def default(self) -> Any:
        return self.without

    def read_at(self, source: Source, position: int) -> Any:
        return source.number(self.form.packer_type, position)

    def store(self, builder: Builder, value: Any) -> Any:
        return value

    def add(self, builder: Builder, stored: Any) -> None:
        builder.PrependSlot(self.form, self.slot, stored, self.without)


@dataclass(frozen=True)
class Name(_OneSlot):
    """A value of an enumeration of int8, by its name; one that is not known by its number."""

    names: tuple[str, ...]

    @property
    def default(self) -> Any:
        return self.names[0]

    def read_at(self, source: Source, position: int) -> Any:
        value = int(source.number(INT8.packer_type, position))
        return self.names[value] if 0 <= value < len(self.names) else str(value)

    def store(self, builder: Builder, value: Any) -> Any:
        return self.names.index(value)

    def add(self, builder: Builder, stored: Any) -> None:
        builder.PrependSlot(INT8, self.slot, stored, 0)


@dataclass(frozen=True)
class Text(_OneSlot):
    """A string; what of it is not UTF-8 is replaced."""

    @property
    def default(self) -> Any:
        return ""

    def read_at(self, source: Source, position: int) -> Any:
        start, length = source.vector(position, 1)
        source.spend(length)
        return source.content[start : start + length].decode(errors="replace")

    def store(self, builder: Builder, value: Any) -> Any:
        return builder.CreateString(value)


@dataclass(frozen=True)
class Numbers(_OneSlot):
    """A list of numbers."""

    form: Any

    def read_at(self, source: Source, position: int) -> Any:
        start, length = source.vector(position, self.form.bytewidth)
        source.spend(length * _NUMBER_COST)
        letter = self.form.packer_type.format[-1]
        return struct.unpack_from(f"<{length}{letter}", source.content, start)

    def store(self, builder: Builder, value: Any) -> Any:
        builder.StartVector(self.form.bytewidth, len(value), self.form.bytewidth)
        for number in reversed(value):
            builder.Prepend(self.form, number)
        return builder.EndVector()


@dataclass(frozen=True)
class View(_OneSlot):
    """A list of numbers, however long: it is not copied."""

    form: Any

    def read_at(self, source: Source, position: int) -> Any:
        start, length = source.vector(position, self.form.bytewidth)
        stored = memoryview(source.content)[start : start + length * self.form.bytewidth]
        return stored.cast(self.form.packer_type.format[-1])

    def store(self, builder: Builder, value: Any) -> Any:
        return Numbers(self.slot, self.form).store(builder, value)


@dataclass(frozen=True)
class Texts(_OneSlot):
    """A list of strings."""

    def read_at(self, source: Source, position: int) -> Any:
        return tuple(Text(0).read_at(source, at) for at in _offsets(source, position))

    def store(self, builder: Builder, value: Any) -> Any:
        return _vector(builder, [builder.CreateString(text) for text in value])


@dataclass(frozen=True)
class One(_OneSlot):
    """A table."""

    table: type

    @property
    def default(self) -> Any:
        return None

    def read_at(self, source: Source, position: int) -> Any:
        return _read(self.table, source, source.target(position))

    def store(self, builder: Builder, value: Any) -> Any:
        return _write(value, builder)

    def told(self, name: str, value: Any) -> dict[str, Any]:
        return {name: as_json(value)}


@dataclass(frozen=True)
class Many(_OneSlot):
    """A list of tables of one kind."""

    table: type

    def read_at(self, source: Source, position: int) -> Any:
        offsets = _offsets(source, position)
        return tuple(_read(self.table, source, source.target(at)) for at in offsets)

    def store(self, builder: Builder, value: Any) -> Any:
        return _vector(builder, [_write(table, builder) for table in value])

    def told(self, name: str, value: Any) -> dict[str, Any]:
        return {name: [as_json(table) for table in value]}


@dataclass(frozen=True)
class OneOf(Field):
    """A union of tables: its kind, counted from 1, in its slot, and the table in the next one."""

    tables: tuple[type, ...]

    @property
    def default(self) -> Any:
        return None

    def read(self, source: Source, table: int) -> Any:
        kind = Number(self.slot, UINT8).read(source, table)
        # A kind of a later schema is passed over, as other fields that are not known.
        if not 1 <= kind <= len(self.tables):
            return None
        return One(self.slot + 1, self.tables[kind - 1]).read(source, table)

    def store(self, builder: Builder, value: Any) -> Any:
        return 1 + self.tables.index(type(value)), _write(value, builder)

    def add(self, builder: Builder, stored: Any) -> None:
        kind, table = stored
        builder.PrependUint8Slot(self.slot, kind, 0)
        builder.PrependUOffsetTRelativeSlot(self.slot + 1, table, 0)

    def told(self, name: str, value: Any) -> dict[str, Any]:
        return {f"{name}_type": type(value).__name__, name: as_json(value)}


@functools.cache
def _fields(table: type) -> tuple[tuple[str, Field], ...]:
    hints = get_type_hints(table, include_extras=True)
    return tuple((name, hint.__metadata__[0]) for name, hint in hints.items())


def _read(table: Any, source: Source, position: int) -> Any:
    source.spend(_TABLE_COST)
    return table(**{name: field.read(source, position) for name, field in _fields(table)})


def _write(table: Any, builder: Builder) -> int:
    values = [(field, getattr(table, name)) for name, field in _fields(table.__class__)]
    # A table cannot be written while another one is.
    stored = [
        (field, field.store(builder, value)) for field, value in values if value != field.default
    ]
    # A union takes two slots; those at the end that stay empty are not written.
    builder.StartObject(2 + max((field.slot for field, _ in stored), default=0))
    for field, value in stored:
        field.add(builder, value)
    return int(builder.EndObject())


def _offsets(source: Source, position: int) -> range:
    width = UOffsetTFlags.bytewidth
    start, length = source.vector(position, width)
    return range(start, start + length * width, width)


def _vector(builder: Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(UOffsetTFlags.bytewidth, len(offsets), UOffsetTFlags.bytewidth)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
