"""Pictures a second of AlexNet's training step, ours and PyTorch's.

    python benchmarks/training_step.py [--batch 64] [--steps 12] [--rounds 3]

Forward, backward and SGD with momentum on one batch in memory, in the best precision of this
processor (bfloat16 autocast in PyTorch where ours is mixed_bfloat16). Ours, the same compiled by
XLA (`xla` in a recipe), with TensorFlow's own layers (grouped Conv2D and tf.nn's LRN), PyTorch's
`Conv2d(groups=2)` and two half convolutions, both with `LocalResponseNorm`, take turns; PyTorch
is left out where it is not installed.
"""

import argparse
import importlib.util
import itertools
import statistics
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from step_times import step_seconds, training_step

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


def torch_step(policy: str, split: bool) -> Callable[[np.ndarray, np.ndarray], float]:
    """The training step of the same net in PyTorch, channels last.

    Args:
        split: grouped convolutions as two halves and a concatenation.
    """
    import torch
    from torch import nn

    class Halves(nn.Module):
        def __init__(self, inputs: int, filters: int, side: int, padding: int) -> None:
            super().__init__()
            self.one = nn.Conv2d(inputs // 2, filters // 2, side, padding=padding)
            self.other = nn.Conv2d(inputs // 2, filters // 2, side, padding=padding)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            one, other = x.chunk(2, dim=1)
            return torch.cat([self.one(one), self.other(other)], dim=1)

    def convolution(inputs: int, filters: int, side: int, **settings: int) -> list[nn.Module]:
        if split and settings.pop("groups", 1) == 2:
            return [Halves(inputs, filters, side, **settings), nn.ReLU()]
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

    def step(pictures: np.ndarray, targets: np.ndarray) -> float:
        batch = torch.tensor(pictures.transpose(0, 3, 1, 2).astype(np.float32) - 115)
        batch = batch.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=policy == "mixed_bfloat16"):
            logits = net(batch).float()
            loss = nn.functional.cross_entropy(logits, torch.tensor(targets))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss)

    return step


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
    targets = np.eye(_CLASSES, dtype=np.float32)[rng.integers(0, _CLASSES, arguments.batch)]
    steps = {
        "ours": training_step(ours(precision.policy)),
        "ours, by XLA": training_step(ours(precision.policy), xla=True),
        "TensorFlow's own layers": training_step(stock(precision.policy)),
    }
    if importlib.util.find_spec("torch") is not None:
        steps["PyTorch, grouped"] = torch_step(precision.policy, split=False)
        steps["PyTorch, split"] = torch_step(precision.policy, split=True)
    else:
        print("PyTorch is not installed: left out")
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(arguments.rounds):
        for name, step in steps.items():
            batches = itertools.repeat((pictures, targets))
            seconds[name] += step_seconds(step, batches, arguments.steps)
    best = statistics.median(seconds["ours"])
    for name, found in seconds.items():
        median = statistics.median(found)
        print(
            f"{name:24s} {arguments.batch / median:6.1f} pictures/s   "
            f"ours is {median / best:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
