"""One fault after another, and what each cost."""

import random
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cameras.unkind import Camera, Pid

# Between two faults; a camera counts as sound again after ten seconds.
_SOUND = 1.0, 14.0
_AWAY = 0.2, 8.0


class Watched(Protocol):
    """A service that a trial watches."""

    @property
    def pid(self) -> Pid:
        """Of its process."""

    def goes_on_for(self, seconds: float) -> None:
        """Let it run so long."""

    def seconds_until_frames(self, since: float) -> float:
        """Wait until frames come steadily after a moment; how long after it the first came."""

    def processor_seconds(self) -> float:
        """What it and all that it ever started took so far."""


@dataclass(frozen=True)
class Outcome:
    """How the service came through a fault.

    Args:
        away: seconds for which it lasted.
        recovery: seconds from its end to the first of the frames that come steadily again.
    """

    fault: str
    away: float
    recovery: float


def try_faults(
    service: Watched, camera: Camera, number: int, chance: random.Random
) -> list[Outcome]:
    """Have a camera fail so often, in ways and at moments that chance decides."""
    outcomes = []
    service.seconds_until_frames(time.monotonic())
    for _ in range(number):
        service.goes_on_for(chance.uniform(*_SOUND))
        fault = chance.choice(sorted(camera.faults))
        away = chance.uniform(*_AWAY)
        mend = camera.faults[fault](service.pid)
        service.goes_on_for(away)
        mend()
        recovery = service.seconds_until_frames(time.monotonic())
        outcomes.append(Outcome(fault, away, recovery))
    return outcomes


def share_of_a_core(service: Watched, seconds: float) -> float:
    """What the service and all its processes take of a core, over so many seconds from now."""
    before = service.processor_seconds()
    begun = time.monotonic()
    service.goes_on_for(seconds)
    return (service.processor_seconds() - before) / (time.monotonic() - begun)


def in_words(outcomes: Sequence[Outcome]) -> str:
    """A table: a line for each kind of fault, and one for all."""
    lines = [f"{'':32s} faults  median s  worst s"]
    for fault in sorted({outcome.fault for outcome in outcomes}):
        lines.append(_line(fault, [each for each in outcomes if each.fault == fault]))
    return "\n".join([*lines, _line("all", outcomes)])


def dropped(said: str) -> str:
    """What the service said of its frames at its end."""
    found = re.search("[0-9]+ frames?, [0-9]+ dropped[^\n]*", said)
    assert found, said
    return found.group()


def seconds_in_words(seconds: Sequence[float]) -> str:
    """Their number, median and worst."""
    return f"{len(seconds):6d}  {statistics.median(seconds):8.1f}  {max(seconds):7.1f}"


def _line(name: str, outcomes: Sequence[Outcome]) -> str:
    return f"{name:32s} {seconds_in_words([outcome.recovery for outcome in outcomes])}"
