"""A record as the API gives it."""

from typing import Annotated

from pydantic import ConfigDict, Field

from plant_device.classify.decision import DecisionKind
from plant_device.store.export.lines import RecordLine, record_line
from plant_device.store.record import Record

API = "/api/v1"


class RecordOut(RecordLine):
    """A decision that was kept, with where its picture is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture_url: str | None
    kind: Annotated[
        DecisionKind, Field(description="what it counts as: as corrected, or else the decision")
    ]


def record_out(record: Record) -> RecordOut:
    """A record as the API gives it."""
    line = record_line(record)
    url = f"{API}/records/{record.id}/picture" if record.picture else None
    return RecordOut(**line.model_dump(), picture_url=url, kind=record.kind)
