"""Times the steps of a Keras training, without its start and end."""

import itertools
import statistics
import time
from typing import Any

import keras


class StepTimes(keras.callbacks.Callback):
    """Collects the seconds of each step; the first few, which compile, are left out."""

    def __init__(self, warmup: int = 3) -> None:
        super().__init__()
        self._warmup = warmup
        self._ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._ends.append(time.perf_counter())

    @property
    def seconds(self) -> list[float]:
        """Seconds of each step after the warm-up."""
        ends = self._ends[self._warmup :]
        return [later - former for former, later in itertools.pairwise(ends)]

    @property
    def median(self) -> float:
        """Median seconds of a step."""
        return statistics.median(self.seconds)


def step_times(model: keras.Model, batches: Any, steps: int) -> StepTimes:
    """Run `steps` steps of a compiled model on a tf.data data set."""
    times = StepTimes()
    model.fit(batches, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=[times])
    return times
