"""A decision that was kept."""

from dataclasses import dataclass
from datetime import datetime

from plant_device.classify.classifier import ClassifiedLine


@dataclass(frozen=True)
class Record:
    """A decision that was kept, as it was taken, and what people said of it since.

    Args:
        id: counts up; never used twice.
        taken_at: by the device's clock, with its zone.
        classified: source, frame, decision, its cause and scores.
        model: sha256 of the model file.
        picture: below the store's folder; None where there was no room for one.
        corrected: the class that a person says it is.
    """

    id: int
    taken_at: datetime
    classified: ClassifiedLine
    model: str
    picture: str | None
    corrected: str | None
    note: str

    @property
    def label(self) -> str:
        """What it is taken for: the person's word before the network's."""
        return self.corrected or self.classified.label
