"""What `plant-device run --json` prints for machines. Documented in docs/json.md."""

from pydantic import BaseModel, ConfigDict

from plant_device.classify.decision import DecisionKind
from plant_device.classify.line import classified_line
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.service.loop import Observation
from plant_device.service.telling import put


class VoteEntry(BaseModel):
    """How many leaves were taken for one thing; without a label those that were unsure."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    label: str | None = None
    leaves: int


class VerdictEntry(BaseModel):
    """What the leaves of an inspection say together."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    decision: DecisionKind
    label: str | None = None
    leaves: int
    votes: list[VoteEntry]


class VerdictLine(BaseModel):
    """The JSON line of an inspection's end. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    verdict: VerdictEntry


class InJson:
    """One JSON line a frame."""

    def __call__(self, seen: Observation) -> None:
        """Print a frame's line."""
        line = classified_line(
            seen.frame.origin, seen.classified, seen.frame.index, seen.smoothed, seen.concluded
        )
        put(line.model_dump_json(exclude_none=True))

    def leaf(self, number: int, answer: Answer | None) -> None:
        """Its frame's line has said it."""

    def verdict(self, verdict: Verdict) -> None:
        """Print the verdict's line."""
        put(verdict_line(verdict).model_dump_json(exclude_none=True))


def verdict_line(verdict: Verdict) -> VerdictLine:
    """The stable, machine-readable form of a verdict."""
    return VerdictLine(
        verdict=VerdictEntry(
            decision=verdict.answer.kind if verdict.answer else "unsure",
            label=_label(verdict.answer),
            leaves=verdict.leaves,
            votes=[
                VoteEntry(label=_label(answer), leaves=number) for answer, number in verdict.votes
            ],
        )
    )


def _label(answer: Answer | None) -> str | None:
    return answer.leaf.label if answer and answer.leaf else None
