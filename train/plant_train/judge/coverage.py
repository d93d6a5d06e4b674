"""What a classifier gains by not answering where it is not sure."""

import numpy as np
from pydantic import BaseModel, ConfigDict

_STEPS = 20


class CoveragePoint(BaseModel):
    """Answering only from `probability` on answers `coverage` of the pictures at `accuracy`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    coverage: float
    accuracy: float
    probability: float


def coverage_curve(confidence: np.ndarray, correct: np.ndarray) -> list[CoveragePoint]:
    """The curve at about every twentieth of the pictures, from all of them to the surest.

    El-Yaniv & Wiener 2010 call it the risk-coverage curve. Equal probabilities are answered
    together, so a point may cover a little more than its twentieth.

    Args:
        confidence: float [n >= 1], the first class's probability.
        correct: bool [n].
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(correct[order])
    # The last picture of each run of equal probabilities.
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True))
    wanted = np.ceil(np.linspace(1, 0, _STEPS, endpoint=False) * len(ranked)).astype(int) - 1
    places = np.unique(ends[np.searchsorted(ends, wanted)])[::-1]
    return [
        CoveragePoint(
            coverage=float((place + 1) / len(ranked)),
            accuracy=float(hits[place] / (place + 1)),
            probability=float(ranked[place]),
        )
        for place in places
    ]
