"""The loop slows down while the board is too hot, and comes back: shown, and recorded."""

import time
from collections import deque
from collections.abc import Callable

from plant_device.board.heat import Heat, HeatLimits, after_measure, heat_in_words, hottest
from plant_device.service.loop import Observation

_MEASURE_SECONDS = 2.0
# The watchdog wants to hear of the loop, and a camera that was away is no work.
_LONGEST_PAUSE = 5.0


class Cooling:
    """Listens to a loop, as the last one, and waits after a frame as long as the heat asks for.

    Args:
        limits: of the heat.
        tell: told of each change of the rate: its kind and words.
        measure: the board's temperature in °C, or None.
    """

    def __init__(
        self,
        limits: HeatLimits,
        tell: Callable[[str, str], None],
        measure: Callable[[], float | None] = hottest,
    ) -> None:
        self._limits = limits
        self._tell = tell
        self._measure = measure
        self._heat = Heat()
        self._measured = -_MEASURE_SECONDS
        self._woke = time.monotonic()
        # Frames at the full rate took so long; the middle one of some is no rest between two looks.
        self._full: deque[float] = deque(maxlen=9)

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        now = time.monotonic()
        if now - self._measured >= _MEASURE_SECONDS:
            self._measured = now
            self._take(after_measure(self._heat, self._measure(), now, self._limits))
        took = now - self._woke
        if self._heat.step == 0:
            self._full.append(took)
        else:
            full = sorted(self._full)[len(self._full) // 2] if self._full else took
            time.sleep(min(self._heat.pause(took, full), _LONGEST_PAUSE))
        self._woke = time.monotonic()

    def _take(self, heat: Heat) -> None:
        before, self._heat = self._heat, heat
        if heat.step != before.step:
            self._tell("heat", heat_in_words(heat))
