"""Where quantisation loses most: every tensor of the int8 graph beside that of the float graph.

Both are run on the same pictures, and tensors of the same name are compared. A name that only
one graph has (a fused or an added tensor) is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plant_convert.open_graph import OpenGraph
from plant_device.contract.geometry import Picture


@dataclass(frozen=True)
class TensorNoise:
    """One tensor's signal-to-quantisation-noise ratio.

    Args:
        place: of the op that gives it, in the order of execution.
        op: that op.
        name: the tensor's.
        decibels: 10 log10 of the float signal's power over that of the difference; infinite
            where there is none.
    """

    place: int
    op: str
    name: str
    decibels: float


def tensor_noise(float32: bytes, int8: bytes, pictures: Sequence[Picture]) -> list[TensorNoise]:
    """The noise of all tensors that both graphs compute, the worst first.

    Args:
        float32, int8: TFLite flatbuffers of one network; the first takes raw pixels as float32.
        pictures: network inputs uint8 [S, S, 3], at least one.
    """
    exact, steps = OpenGraph(float32), OpenGraph(int8)
    shared = [place for place, name in enumerate(steps.outputs) if name in exact.outputs]
    signal, noise = np.zeros(len(shared)), np.zeros(len(shared))
    for picture in pictures:
        exact.run(picture)
        steps.run(picture)
        for row, place in enumerate(shared):
            name = steps.outputs[place]
            wanted, given = exact.value(name), steps.value(name)
            signal[row] += np.sum(wanted**2)
            noise[row] += np.sum((given - wanted) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        decibels = 10 * np.log10(signal / noise)
    found = [
        TensorNoise(place, steps.ops[place], steps.outputs[place], float(ratio))
        for place, ratio in zip(shared, decibels, strict=True)
        if not np.isnan(ratio)
    ]
    return sorted(found, key=lambda one: one.decibels)
