"""Run by test_distribute.py: a training on two virtual devices, and steps on one and on two.

    python on_two_devices.py DATA OUT

Prints the largest difference of the weights after the steps.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from plant_train.archs.architecture import Options
from plant_train.archs.lenet5 import LENET5
from plant_train.fit import Task, fit
from plant_train.optimizer import new_optimizer
from plant_train.recipe import Recipe
from plant_train.training import new_step


def _weights_after_steps(strategy: tf.distribute.Strategy) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    with strategy.scope():
        keras.utils.set_random_seed(0)
        model = LENET5.build(3, Options())
        optimizer = new_optimizer(Recipe(learning_rate=0.01), [1.0] * 10)
        optimizer.build(model.trainable_variables)
        step = new_step(model, optimizer)
        for size in (8, 8, 7, 5):
            pictures = rng.integers(0, 256, (size, 32, 32, 3)).astype(np.uint8)
            targets = np.eye(3, dtype=np.float32)[rng.integers(0, 3, size)]
            loss, hits = step(pictures, targets)
            assert 0 < loss < 20
            assert 0 <= hits <= 1
    weights: list[np.ndarray] = model.get_weights()
    return weights


def main() -> None:
    """Train, then compare steps."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    recipe = Recipe(epochs=3, batch=8, learning_rate=0.01, ema=0.9, precision="float32")
    with mirrored.scope():
        fit(Task([Path(sys.argv[1])], Path(sys.argv[2]), LENET5, Options(), None, recipe))
    one = _weights_after_steps(tf.distribute.get_strategy())
    both = _weights_after_steps(mirrored)
    print(max(float(np.abs(a - b).max()) for a, b in zip(one, both, strict=True)))


if __name__ == "__main__":
    main()
