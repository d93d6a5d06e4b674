"""What a camera is doing: states and their legal moves, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

CameraState = Literal[
    "opening",
    "running",
    "stalled",
    "frozen",
    "resized",
    "lost",
    "unavailable",
    "reopening",
    "ended",
]
"""`stalled`: no frame has come for too long; `frozen`: frames come, and all show the same;
`resized`: they come in another size than before; `lost`: it was running, and ended or said that it
cannot go on; `unavailable`: it cannot be opened; `ended`: it had an end, and that is reached."""

FAULTS: frozenset[CameraState] = frozenset({"stalled", "frozen", "resized", "lost", "unavailable"})

_AFTER_OPENING: frozenset[CameraState] = frozenset({"running", "stalled", "unavailable", "ended"})

MOVES: Mapping[CameraState, frozenset[CameraState]] = {
    "opening": _AFTER_OPENING,
    "running": frozenset({"stalled", "frozen", "resized", "lost", "ended"}),
    "stalled": frozenset({"reopening"}),
    "frozen": frozenset({"reopening"}),
    "resized": frozenset({"reopening"}),
    "lost": frozenset({"reopening"}),
    "unavailable": frozenset({"reopening"}),
    "reopening": _AFTER_OPENING,
    "ended": frozenset(),
}


@dataclass(frozen=True)
class CameraStatus:
    """What a camera is doing, and why.

    Args:
        cause: in words, for people; empty where there is nothing to say.
        failures: faults since it last was sound.
        frames: that were taken from it, since the start.
        dropped: that it gave and nobody took, because a newer one was there.
        damaged: that it gave and nobody can use.
    """

    state: CameraState = "opening"
    cause: str = ""
    failures: int = 0
    frames: int = 0
    dropped: int = 0
    damaged: int = 0


def moved(status: CameraStatus, state: CameraState, cause: str = "") -> CameraStatus:
    """The status after a move.

    Raises:
        ValueError: the move is not legal.
    """
    if state not in MOVES[status.state]:
        raise ValueError(f"a camera does not go from {status.state} to {state}")
    failures = status.failures + (state in FAULTS)
    return replace(status, state=state, cause=cause, failures=failures)


def taken(status: CameraStatus, dropped: int) -> CameraStatus:
    """The status after a frame, before which `dropped` others came: it runs.

    Raises:
        ValueError: no frame can come in this state.
    """
    if status.state != "running":
        status = moved(status, "running")
    return replace(status, frames=status.frames + 1, dropped=status.dropped + dropped)


def passed_over(status: CameraStatus, damaged: int) -> CameraStatus:
    """The status after so many damaged pictures: whether it runs is not theirs to say."""
    return replace(status, damaged=status.damaged + damaged)


def sound(status: CameraStatus) -> CameraStatus:
    """The status once it has run for so long that its faults are over."""
    return replace(status, failures=0)


def seconds_to_wait(failures: int, shortest: float, longest: float) -> float:
    """How long after so many faults in a row the next try is made: twice as long after each."""
    # A season of faults would overflow a float.
    return min(longest, shortest * 2.0 ** min(failures - 1, 32)) if failures else 0.0
