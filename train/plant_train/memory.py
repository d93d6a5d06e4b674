"""How much memory a training step takes, told before a processor's kernel kills the training."""

import math
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from plant_device.contract.command_line import say

_FLOAT32_BYTES = 4
# Each layer's output and its gradient. Peaks measured in float32 were 1.25 and 0.98 times what this
# gives for AlexNet (batch 64, 256), 0.76 and 0.62 times for VGG16 (8, 32).
_OUTPUTS_IN_MEMORY = 2


def say_if_memory_is_short(model: keras.Model, batch: int) -> None:
    """Say so where a step may take more memory than is available, and which batch would fit.

    A GPU that has too little says so itself; a processor's kernel kills without a word.
    """
    available = available_bytes()
    if available is None or tf.config.list_physical_devices("GPU"):
        return
    needed = step_bytes(model, batch)
    if needed > available:
        fitting = max(1, int(batch * available / needed))
        say(
            f"a step of {batch} pictures may take {needed / 1e9:.1f} GB of memory, of which "
            f"{available / 1e9:.1f} are available: should the training be killed, try "
            f"--batch {2 ** int(math.log2(fitting))}, with --overwrite"
        )


def step_bytes(model: keras.Model, batch: int) -> int:
    """What a step takes besides the weights and the optimizer's state, in bytes, about.

    Layers before the first one that learns keep nothing for a gradient.
    """
    weights = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    learning = next(
        (number for number, layer in enumerate(model.layers) if layer.trainable_variables),
        len(model.layers),
    )
    outputs = sum(int(np.prod(layer.output.shape[1:])) for layer in model.layers[learning:])
    return int(_FLOAT32_BYTES * (weights + _OUTPUTS_IN_MEMORY * batch * outputs))


def available_bytes() -> int | None:
    """Memory that programs may still have without swapping; None where Linux does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kibibytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(kibibytes) * 1024 if kibibytes else None
