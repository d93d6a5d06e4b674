"""From the decisions of single frames to one that stays: pure functions, tested directly.

Every answer that frames gave has a share of the last moments, an exponential average in time: at
twice the frame rate it is the same. An answer is shown once it has most of them, and stays until
it has clearly fewer (hysteresis), so that neither one odd frame nor a share about a limit makes it
flicker.
"""

import math
from dataclasses import dataclass

from plant_device.classify.decision import Decision, DecisionKind, Prediction
from plant_device.contract.classes import LeafClass

# Of the time constant: a frame that comes later has the same share, 0.39, so that no single one
# decides however slow a board or a camera is.
_LONGEST_STEP = 0.5
# Shares below it can no longer be shown, and are forgotten.
_FORGOTTEN = 1e-3


@dataclass(frozen=True)
class Answer:
    """What may be said of a leaf: a class, or that it is unsure or not a leaf."""

    kind: DecisionKind
    leaf: LeafClass | None = None


@dataclass(frozen=True)
class Smoothing:
    """How steady an answer is to be.

    Args:
        seconds: time constant of the average, more than 0.
        enter: the least share at which an answer comes to be shown, more than a half.
        leave: the share below which it no longer is, less than `enter`.
    """

    seconds: float = 1.0
    enter: float = 0.6
    leave: float = 0.4


@dataclass(frozen=True)
class Smoothed:
    """What the last moments say.

    Args:
        shares: of the answers that frames gave, the largest first; at most 1 together.
        shown: None where too little was seen yet, or where frames disagree.
    """

    shares: tuple[tuple[Answer, float], ...] = ()
    shown: Answer | None = None

    def share(self, answer: Answer | None) -> float:
        """Of an answer; 0 where no frame gave it of late."""
        return next((share for one, share in self.shares if one == answer), 0.0)


def answer_of(prediction: Prediction, decision: Decision) -> Answer:
    """What a single frame says."""
    named = decision.kind in ("disease", "healthy")
    return Answer(decision.kind, prediction.top[0][0] if named else None)


def smoothed(before: Smoothed, answer: Answer, elapsed: float, smoothing: Smoothing) -> Smoothed:
    """What is to be said after one frame more.

    Args:
        answer: of the frame.
        elapsed: seconds since the frame before, at least 0; infinite where what was seen before
            has nothing to do with it.
    """
    longest = _LONGEST_STEP * smoothing.seconds
    step = min(elapsed, longest) if math.isfinite(elapsed) else elapsed
    kept = math.exp(-step / smoothing.seconds)
    shares = {one: kept * share for one, share in before.shares}
    shares[answer] = shares.get(answer, 0.0) + 1 - kept
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    found = Smoothed(tuple(item for item in ordered if item[1] >= _FORGOTTEN), before.shown)
    if not found.shares:
        return Smoothed()
    first, most = found.shares[0]
    if most >= smoothing.enter:
        return Smoothed(found.shares, first)
    stays = found.share(before.shown) >= smoothing.leave
    return Smoothed(found.shares, before.shown if stays else None)
