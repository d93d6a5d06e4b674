"""Times networks that take turns, so that they are compared in the same minutes."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

_WARMUP = 2


class Times(NamedTuple):
    """Seconds of a call: as a clock has them, and of the processor in this process.

    On a busy machine the second is the nearer to what a free one would show; for one thread.
    """

    clock: float
    processor: float


# Loads a network anew, and times some calls of it.
Contestant = Callable[[int], list[Times]]


def contestant(load: Callable[[], Callable[[], object]]) -> Contestant:
    """A network in this process.

    Args:
        load: gives what calls the network once.
    """

    def timed(count: int) -> list[Times]:
        call = load()
        for _ in range(_WARMUP):
            call()
        return [_timed(call) for _ in range(count)]

    return timed


def in_turns(contestants: Mapping[str, Contestant], rounds: int, calls: int) -> dict[str, Times]:
    """The median call of each.

    Each has its weights to itself for some calls, as on a device: every other network in
    between would push them out of the processor's cache. And it is loaded anew in every round:
    where its weights come to lie in memory alone makes it 5 % faster or slower.
    """
    found: dict[str, list[Times]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, timed in contestants.items():
            found[name] += timed(calls)
    return {
        name: Times(*map(statistics.median, zip(*all_, strict=True)))
        for name, all_ in found.items()
    }


def _timed(call: Callable[[], object]) -> Times:
    clock, processor = time.perf_counter(), time.process_time()
    call()
    return Times(time.perf_counter() - clock, time.process_time() - processor)
