"""A decision that was kept."""

from dataclasses import dataclass
from datetime import datetime

from plant_device.classify.decision import DecisionKind, kind_named
from plant_device.classify.line import ClassifiedLine
from plant_device.store.clock import Certainty
from plant_device.store.place.place import Place


@dataclass(frozen=True)
class Record:
    """A decision that was kept, as it was taken, and what people said of it since.

    Args:
        id: counts up; never used twice, so that it has the order of what happened, whatever the
            clock said.
        taken_at: with its zone.
        certainty: of that time.
        uptime: seconds since the board started, and `boot` which start that was; None in records of
            a program that did not keep them.
        classified: source, frame, decision, its cause and scores.
        model: sha256 of the model file.
        picture: below the store's folder; None where there was no room for one, or no longer is.
        place: where it was taken, if that was known.
        corrected: the class that a person says it is.
        inspection: the number of the inspection whose leaf it is.
        deleted: when a person deleted it.
    """

    id: int
    taken_at: datetime
    certainty: Certainty
    uptime: float | None
    boot: str | None
    classified: ClassifiedLine
    model: str
    picture: str | None
    place: Place | None
    corrected: str | None
    note: str
    inspection: int | None
    deleted: datetime | None = None

    @property
    def label(self) -> str:
        """What it is taken for: the person's word before the network's."""
        return self.corrected or self.classified.label

    @property
    def kind(self) -> DecisionKind:
        """What it counts as: the decision by the person's word before the device's."""
        return kind_named(self.corrected) if self.corrected else self.classified.decision
