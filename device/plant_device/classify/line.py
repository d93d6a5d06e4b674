"""The JSON line of a classified picture, for machines. Documented in docs/json.md.

Apart from the classifier, which starts sooner without it.
"""

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plant_device.classify.classifier import Classified
from plant_device.classify.decision import Cause, DecisionKind
from plant_device.classify.quality import Quality
from plant_device.classify.smoothing import Smoothed


class TopEntry(BaseModel):
    """One of the likeliest classes."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    label: str
    probability: float


class QualityEntry(BaseModel):
    """What was measured of the picture itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    bright_end: float
    clipped: float
    sharpness: float
    leaf_share: float


class ShownEntry(BaseModel):
    """What the last moments' frames say together."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    decision: DecisionKind
    cause: Literal["steady", "frames_disagree"]
    label: str | None = None
    share: float
    concluded: bool


class ClassifiedLine(BaseModel):
    """The JSON line of one classified picture. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    path: str
    frame: int | None = None
    decision: DecisionKind
    cause: Cause
    reason: str
    label: str
    probability: float
    top: list[TopEntry]
    energy: float
    quality: QualityEntry | None = None
    ms: float
    shown: ShownEntry | None = None


def classified_line(
    path: str,
    outcome: Classified,
    frame: int | None = None,
    smoothed: Smoothed | None = None,
    concluded: bool = False,
) -> ClassifiedLine:
    """The stable, machine-readable form of an outcome.

    Args:
        path: what the picture came from.
        frame: its 0-based number, of a source of frames.
        smoothed: what the frames of its look say with it.
        concluded: whether that is an answer that counts.
    """
    top = [
        TopEntry(label=leaf.label, probability=round(probability, 6))
        for leaf, probability in outcome.prediction.top
    ]
    return ClassifiedLine(
        # A name that is not UTF-8, of an old camera's card, must not break the line.
        path=path.encode(errors="backslashreplace").decode(),
        frame=frame,
        decision=outcome.decision.kind,
        cause=outcome.decision.cause,
        reason=outcome.decision.reason,
        label=top[0].label,
        probability=top[0].probability,
        top=top,
        energy=round(outcome.prediction.energy, 4),
        quality=_entry(outcome.quality) if outcome.quality else None,
        ms=round(outcome.ms, 3),
        shown=_shown(smoothed, concluded) if smoothed else None,
    )


def _shown(smoothed: Smoothed, concluded: bool) -> ShownEntry:
    answer = smoothed.shown
    if answer is None:
        most = smoothed.shares[0][1] if smoothed.shares else 0.0
        return ShownEntry(
            decision="unsure",
            cause="frames_disagree",
            share=round(most, 6),
            concluded=concluded,
        )
    return ShownEntry(
        decision=answer.kind,
        cause="steady",
        label=answer.leaf.label if answer.leaf else None,
        share=round(smoothed.share(answer), 6),
        concluded=concluded,
    )


def _entry(quality: Quality) -> QualityEntry:
    return QualityEntry(**{name: round(value, 6) for name, value in asdict(quality).items()})
