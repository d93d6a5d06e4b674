"""Times the steps of a training, without its start."""

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

import keras

from plant_train.optimizer import new_optimizer
from plant_train.recipe import Recipe
from plant_train.training import new_step

_WARMUP = 3


def training_step(model: keras.Model, *, xla: bool = False) -> Callable[[Any, Any], float]:
    """plant-train's own step of a model, with SGD and momentum; gives the loss."""
    optimizer = new_optimizer(Recipe(), [1.0] * len(model.trainable_variables))
    optimizer.build(model.trainable_variables)
    step = new_step(model, optimizer, xla=xla)
    return lambda pictures, targets: step(pictures, targets)[0]


def step_seconds(
    step: Callable[[Any, Any], float], batches: Iterable[tuple[Any, Any]], steps: int
) -> list[float]:
    """Seconds of each of `steps` steps, after the first few, which compile."""
    ends = [_ended(step, *batch) for batch in itertools.islice(batches, _WARMUP + steps)]
    return [later - former for former, later in itertools.pairwise(ends[_WARMUP - 1 :])]


def _ended(step: Callable[[Any, Any], float], pictures: Any, targets: Any) -> float:
    step(pictures, targets)
    return time.perf_counter()
