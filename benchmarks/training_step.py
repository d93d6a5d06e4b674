"""Pictures a second of AlexNet's training step, ours and PyTorch's.

    python benchmarks/training_step.py [--batch 64] [--steps 12] [--rounds 3]

Forward, backward and SGD with momentum on one batch in memory, in the best precision of this
processor (bfloat16 autocast in PyTorch where ours is mixed_bfloat16). Ours, the same with
TensorFlow's own layers (grouped Conv2D and tf.nn's LRN), and PyTorch's `Conv2d(groups=2)` with
`LocalResponseNorm` take turns; PyTorch is left out where it is not installed.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from step_times import step_times

from plant_train.archs.alexnet import ALEXNET, AlexNetOptions
from plant_train.archs.layers import GroupedConv2D, LocalResponseNormalization
from plant_train.precision import best_precision, dtype_policy

_CLASSES = 38


class StockNormalization(LocalResponseNormalization):
    """TensorFlow's own kernel in training too."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        return super().call(inputs, training=False)


def ours(policy: str) -> keras.Model:
    """AlexNet as plant-train builds it."""
    with dtype_policy(policy):
        return ALEXNET.build(_CLASSES, AlexNetOptions())


def stock(policy: str) -> keras.Model:
    """The same of TensorFlow's own layers."""

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        kinds = {
            GroupedConv2D: keras.layers.Conv2D,
            LocalResponseNormalization: StockNormalization,
        }
        return kinds.get(type(layer), type(layer)).from_config(layer.get_config())

    return keras.models.clone_model(ours(policy), clone_function=clone)


def keras_rate(model: keras.Model, pictures: np.ndarray, labels: np.ndarray, steps: int) -> float:
    """Pictures a second."""
    batches = tf.data.Dataset.from_tensors((pictures, labels)).repeat()
    return len(labels) / float(step_times(model, batches, steps).median)


def torch_step(policy: str, pictures: np.ndarray, labels: np.ndarray) -> Callable[[], None]:
    """One training step of the same net in PyTorch, channels last."""
    import torch
    from torch import nn

    def convolution(inputs: int, filters: int, side: int, **settings: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, filters, side, **settings), nn.ReLU()]

    def normalise_and_pool() -> list[nn.Module]:
        return [nn.LocalResponseNorm(5, 1e-4, 0.75, 1.0), nn.MaxPool2d(3, 2)]

    net = nn.Sequential(
        *convolution(3, 96, 11, stride=4),
        *normalise_and_pool(),
        *convolution(96, 256, 5, padding=2, groups=2),
        *normalise_and_pool(),
        *convolution(256, 384, 3, padding=1),
        *convolution(384, 384, 3, padding=1, groups=2),
        *convolution(384, 256, 3, padding=1, groups=2),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        *[nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(0.5)],
        *[nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5)],
        nn.Linear(4096, _CLASSES),
    ).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), 0.004, momentum=0.9, nesterov=True)
    batch = torch.tensor(pictures.transpose(0, 3, 1, 2).astype(np.float32) - 115)
    batch = batch.to(memory_format=torch.channels_last)
    targets = torch.tensor(labels, dtype=torch.long)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=policy == "mixed_bfloat16"):
            loss = nn.functional.cross_entropy(net(batch).float(), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def torch_rate(step: Callable[[], None], batch: int, steps: int) -> float:
    """Pictures a second."""
    step()
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return batch / statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    precision = best_precision()
    print(f"precision {precision.policy} ({precision.reason}), batch {arguments.batch}")
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (arguments.batch, 227, 227, 3), dtype=np.uint8)
    labels = rng.integers(0, _CLASSES, arguments.batch)
    rates: dict[str, list[float]] = {}
    models = {"ours": ours(precision.policy), "TensorFlow's own layers": stock(precision.policy)}
    for model in models.values():
        model.compile(
            optimizer=keras.optimizers.SGD(0.004, 0.9, nesterov=True),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )
    has_torch = importlib.util.find_spec("torch") is not None
    peer = torch_step(precision.policy, pictures, labels) if has_torch else None
    for _ in range(arguments.rounds):
        for name, model in models.items():
            rates.setdefault(name, []).append(keras_rate(model, pictures, labels, arguments.steps))
        if peer:
            rates.setdefault("PyTorch", []).append(
                torch_rate(peer, arguments.batch, arguments.steps)
            )
    if not peer:
        print("PyTorch is not installed: left out")
    best = statistics.median(rates["ours"])
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:24s} {rate:6.1f} pictures/s   ours is {best / rate:.2f} times as fast")


if __name__ == "__main__":
    main()
