"""What `plant-device run` prints: words for people, JSON lines for machines."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from plant_device.classify.classifier import classified_line
from plant_device.classify.decision import DecisionKind
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.service.loop import Observation
from plant_device.texts.texts import Texts
from plant_device.texts.words import answer_in_words, leaf_in_words, sentence, verdict_in_words


class Telling(Protocol):
    """Tells what a loop sees and what came of it."""

    def __call__(self, seen: Observation) -> None:
        """Of each frame that was looked at."""

    def leaf(self, number: int, answer: Answer | None) -> None:
        """Of each leaf of an inspection."""

    def verdict(self, verdict: Verdict) -> None:
        """Of each inspection's end."""


class VoteEntry(BaseModel):
    """How many leaves were taken for one thing; without a label those that were unsure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str | None = None
    leaves: int


class VerdictEntry(BaseModel):
    """What the leaves of an inspection say together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: DecisionKind
    label: str | None = None
    leaves: int
    votes: list[VoteEntry]


class VerdictLine(BaseModel):
    """The JSON line of an inspection's end. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: VerdictEntry


class InWords:
    """One line a frame, an arrow for what frames say together."""

    def __init__(self, leaves: int, texts: Texts) -> None:
        self._leaves = leaves
        self._texts = texts
        self._shown: Answer | None = None

    def __call__(self, seen: Observation) -> None:
        """Print a frame's line, and what is shown where that has changed or counts."""
        told = sentence(seen.classified, self._texts)
        print(f"{seen.frame.index:6d}  {seen.classified.ms:6.1f} ms  {told}", flush=True)
        shown, before = seen.smoothed.shown, self._shown
        self._shown = shown
        if shown != before or (seen.concluded and shown is None):
            print(f"        → {answer_in_words(shown, self._texts)}", flush=True)

    def leaf(self, number: int, answer: Answer | None) -> None:
        """Print how far an inspection is."""
        print(leaf_in_words(number, self._leaves, answer, self._texts), flush=True)

    def verdict(self, verdict: Verdict) -> None:
        """Print what the leaves say together."""
        print(verdict_in_words(verdict, self._texts), flush=True)


class InJson:
    """One JSON line a frame."""

    def __call__(self, seen: Observation) -> None:
        """Print a frame's line."""
        line = classified_line(
            seen.frame.origin, seen.classified, seen.frame.index, seen.smoothed, seen.concluded
        )
        print(line.model_dump_json(exclude_none=True), flush=True)

    def leaf(self, number: int, answer: Answer | None) -> None:
        """Its frame's line has said it."""

    def verdict(self, verdict: Verdict) -> None:
        """Print the verdict's line."""
        print(verdict_line(verdict).model_dump_json(exclude_none=True), flush=True)


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
