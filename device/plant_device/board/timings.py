"""How long each stage of a frame's way took."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np

from plant_device.board.measured import StageTimes


class Timings:
    """Times of stages, by their names."""

    def __init__(self) -> None:
        self._milliseconds: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of what is done within."""
        start = perf_counter()
        yield
        self.add(name, (perf_counter() - start) * 1e3)

    def add(self, name: str, milliseconds: float) -> None:
        """Count one time."""
        self._milliseconds.setdefault(name, []).append(milliseconds)

    def percentiles(self) -> dict[str, StageTimes]:
        """Of each stage, in the order in which they were first timed."""
        return {name: _percentiles(times) for name, times in self._milliseconds.items()}


def _percentiles(milliseconds: list[float]) -> StageTimes:
    median, p95, p99 = (round(float(each), 3) for each in np.percentile(milliseconds, (50, 95, 99)))
    return StageTimes(median=median, p95=p95, p99=p99)
