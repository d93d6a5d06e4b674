"""A record as one line: JSON for machines, a sentence for people. Documented in docs/json.md."""

from dataclasses import asdict

from pydantic import BaseModel, ConfigDict

from plant_device.classify.line import ClassifiedLine
from plant_device.contract.plain import plain
from plant_device.store.clock import Certainty
from plant_device.store.place.place import PlaceOrigin
from plant_device.store.record import Record


class PlaceEntry(BaseModel):
    """Where it was taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    latitude: float
    longitude: float
    origin: PlaceOrigin
    accuracy: float | None = None


class RecordLine(ClassifiedLine):
    """What `plant-device records list --json` prints for each record."""

    id: int
    taken_at: str
    certainty: Certainty
    uptime: float | None = None
    boot: str | None = None
    model: str
    picture: str | None = None
    place: PlaceEntry | None = None
    corrected: str | None = None
    note: str = ""
    inspection: int | None = None
    deleted: str | None = None

    @property
    def sentence(self) -> str:
        """The same for people."""
        named = self.label if self.decision in ("disease", "healthy") else self.decision
        doubt = "?" if self.certainty == "uncertain" else " "
        words = f"{self.id:6d}  {self.taken_at[:19]}{doubt} {named} ({self.probability:.0%})"
        words += f" → {self.corrected}" if self.corrected else ""
        return plain(f"{words}  {' '.join(self.note.split())}".rstrip())


def record_line(record: Record) -> RecordLine:
    """A record's line; the time is in UTC."""
    return RecordLine(
        **record.classified.model_dump(),
        id=record.id,
        taken_at=record.taken_at.isoformat(timespec="milliseconds"),
        certainty=record.certainty,
        uptime=record.uptime,
        boot=record.boot,
        model=record.model,
        picture=record.picture,
        place=PlaceEntry(**asdict(record.place)) if record.place else None,
        corrected=record.corrected,
        note=record.note,
        inspection=record.inspection,
        deleted=record.deleted.isoformat(timespec="milliseconds") if record.deleted else None,
    )
