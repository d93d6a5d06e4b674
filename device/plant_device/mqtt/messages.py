"""What is published, as JSON. Documented in docs/mqtt.md.

Each message's size is bounded: texts of people and of sources are cut, the rest is bounded where it
comes from.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from plant_device.camera.states import CameraState
from plant_device.classify.decision import DecisionKind
from plant_device.store.clock import Certainty
from plant_device.store.export.lines import RecordLine

Stream = Literal["record", "verdict", "event", "change"]
MOST_BYTES = 32 << 10
_MOST_SIGNS = 1000


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def json_bytes(self) -> bytes:
        """As it is published."""
        return self.model_dump_json(exclude_none=True).encode()


class EventEntry(_Message):
    """What happened to the device, in words."""

    at: str
    certainty: Certainty
    kind: str
    words: str


class VerdictOfLeaves(_Message):
    """What the leaves of an inspection said together, as `run --json` tells it, and which."""

    verdict: dict[str, Any]
    records: list[int]


class Kept(_Message):
    """One row of the store.

    Args:
        message: unique among all devices and for ever: a sink that has seen it has this row.
        series: which store of the device; another one counts its rows anew.
        after: the id of the row before it in the stream, 0 before the first: a sink that has not
            got that one misses something.
        record: the whole record; of a change, as it is now.
        deleted: of a change, the number of a record that a person deleted.
    """

    message: str
    device: str
    series: str
    id: int
    after: int
    record: RecordLine | None = None
    deleted: int | None = None
    verdict: VerdictOfLeaves | None = None
    event: EventEntry | None = None


class Status(_Message):
    """What the device does now; `record` and what follows are of the last record."""

    mode: str
    camera: CameraState
    cause: str
    kept: int
    lost: int
    model: str | None = None
    record: int | None = None
    taken_at: str | None = None
    decision: DecisionKind | None = None
    label: str | None = None
    confidence: float | None = None


class Health(_Message):
    """How the board is, and how far the outbox.

    Args:
        sent: the last id of each stream that the broker has taken.
        waiting: how many rows it has not, about.
        throttled: what a Pi's firmware or a Jetson's kernel complains of, now.
    """

    version: str
    series: str
    sent: dict[Stream, int]
    waiting: int
    records: int
    uptime_s: float
    clock_certain: bool
    celsius: float | None = None
    throttled: list[str] | None = None
    free_bytes: int
    total_bytes: int


class Again(_Message):
    """What a sink asks for: all of a stream after that id, once more."""

    series: str
    stream: Stream
    # As a row's id, which SQLite counts in 64 bits.
    after: Annotated[int, Field(ge=0, lt=1 << 63)]


_Model = TypeVar("_Model", bound=BaseModel)


def cut(entry: _Model, *names: str) -> _Model:
    """The same with those texts cut, where they are longer than a message should be."""
    long = {
        name: f"{text[: _MOST_SIGNS - 1]}…"
        for name in names
        if len(text := getattr(entry, name)) > _MOST_SIGNS
    }
    return entry.model_copy(update=long) if long else entry
