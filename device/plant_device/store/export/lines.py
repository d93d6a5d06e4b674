"""A record as one line: JSON for machines, a sentence for people. Documented in docs/json.md."""

from plant_device.classify.classifier import ClassifiedLine
from plant_device.store.record import Record


class RecordLine(ClassifiedLine):
    """What `plant-device records list --json` prints for each record."""

    id: int
    taken_at: str
    model: str
    picture: str | None = None
    corrected: str | None = None
    note: str = ""

    @property
    def sentence(self) -> str:
        """The same for people."""
        named = self.label if self.decision in ("disease", "healthy") else self.decision
        words = f"{self.id:6d}  {self.taken_at[:19]}  {named} ({self.probability:.0%})"
        words += f" → {self.corrected}" if self.corrected else ""
        return f"{words}  {self.note}".rstrip()


def record_line(record: Record) -> RecordLine:
    """A record's line; the time is in UTC."""
    return RecordLine(
        **record.classified.model_dump(),
        id=record.id,
        taken_at=record.taken_at.isoformat(timespec="milliseconds"),
        model=record.model,
        picture=record.picture,
        corrected=record.corrected,
        note=record.note,
    )
