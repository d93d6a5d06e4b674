"""What a plain classifier gets from 8 border pixels alone, and what that says about the data."""

import math

import numpy as np

from plant_train.data.audit.finding import Finding
from plant_train.data.audit.scan import Scan
from plant_train.data.split import STRETCH, in_shooting_order
from plant_train.judge.background_probe import PIXELS, BackgroundProbe, probe_background
from plant_train.judge.wilson import wilson_interval

_CHECK, _TITLE = "background", "What the background gives away"

# Of the odds of being right over those of guessing: twice the guess is certainty among two classes
# and little among forty, odds mean the same for any number. From here on the border says
# something, and from here on it gives classes away.
_TELLING, _REVEALING = 1.5, 5.0


def check(scan: Scan) -> Finding:
    """Cross-validate the probe by group, with pictures that were taken in a row in one group."""
    readable = [index for index, fact in enumerate(scan.facts) if fact.border is not None]
    pixels = np.array([scan.facts[index].border for index in readable], dtype=np.uint8)
    labels = np.array(scan.pictures.labels, dtype=np.int64)[readable]
    probe = probe_background(pixels, labels, _stretches(scan)[readable])
    if probe is None:
        return Finding(
            check=_CHECK,
            title=_TITLE,
            severity="note",
            count=0,
            summary="Too few classes or pictures to tell whether backgrounds give classes away.",
        )
    return finding_of(probe)


def finding_of(probe: BackgroundProbe) -> Finding:
    """What the probe's figures mean."""
    odds = _odds_over_guessing(probe)
    revealing = odds >= _REVEALING and probe.accuracy > probe.majority
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if revealing else "note" if odds >= _TELLING else "good",
        count=probe.n,
        summary=f"{PIXELS} border pixels alone name the class of {probe.accuracy:.1%} of "
        f"{probe.n:,} pictures; the largest class alone would be right for {probe.majority:.1%}. "
        f"Balanced over classes {probe.balanced_accuracy:.1%}, guessing {probe.chance:.1%}. "
        f"{_verdict(odds, probe.balanced_accuracy / probe.chance)}",
        advice="High figures on these pictures prove little about a field: train with replaced "
        "backgrounds, and judge on pictures from elsewhere."
        if revealing
        else "",
        figures=_figures(probe),
    )


def _odds_over_guessing(probe: BackgroundProbe) -> float:
    """The odds of being right over those of guessing; 1 where it may be chance."""
    right = probe.balanced_accuracy
    # As if it had been counted: the mean recall of equally large classes is the share of all.
    if wilson_interval(round(right * probe.n), probe.n)[0] <= probe.chance:
        return 1.0
    if right == 1:
        return math.inf
    return right / (1 - right) * (1 - probe.chance) / probe.chance


def _verdict(odds: float, times: float) -> str:
    if odds >= _REVEALING:
        return (
            f"That is {times:.1f} times better than guessing: background and light give the class "
            "away, and a network can learn them instead of the leaf."
        )
    if odds >= _TELLING:
        return (
            f"That is {times:.1f} times better than guessing: the background says something of "
            "the class."
        )
    return "That is little better than guessing: the background does not give the class away."


def _figures(probe: BackgroundProbe) -> dict[str, int | float | dict[str, int | float]]:
    return {
        "n": probe.n,
        "accuracy": round(probe.accuracy, 4),
        "balanced_accuracy": round(probe.balanced_accuracy, 4),
        "majority": round(probe.majority, 4),
        "chance": round(probe.chance, 4),
    }


def _stretches(scan: Scan) -> np.ndarray:
    """int [n]: pictures of a class in a row, and of one group, have one number.

    Those that were taken in a row may show one leaf on one ground.
    """
    numbers = np.full(len(scan.pictures), -1)
    taken = 0
    group_number: dict[str, int] = {}
    for label in range(len(scan.pictures.classes)):
        for group, members in in_shooting_order(scan.grouped, label).items():
            numbers[members] = group_number.setdefault(group, taken // STRETCH)
            taken += len(members)
        taken += STRETCH
    return numbers
