"""The JSON form of a verdict, for machines. Documented in docs/json.md."""

from pydantic import BaseModel, ConfigDict

from plant_device.classify.decision import DecisionKind
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict


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
