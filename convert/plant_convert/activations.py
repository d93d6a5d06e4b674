"""The values that the activations of a float32 network have, and the range that int8 gives them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plant_convert.backends import Method
from plant_convert.open_graph import OpenGraph
from plant_device.contract.geometry import Picture

# Of a tensor, in each picture.
_SAMPLED = 2048
# Per cent of the values that PERCENTILE cuts off at each end.
_TAIL = 0.01
# How much of the whole range MSE tries, at each end.
_PARTS = np.linspace(0.2, 1.0, 41)
_BINS, _STEPS = 4096, 255


@dataclass(frozen=True)
class Activation:
    """What one tensor was seen to hold.

    Args:
        least, most: of all its values; NaN if one is no number.
        sample: some of them, float32 [n].
    """

    least: float
    most: float
    sample: np.ndarray


def observed(flatbuffer: bytes, pictures: Sequence[Picture]) -> dict[str, Activation]:
    """What each op gives for the pictures, by the tensor's name.

    Args:
        flatbuffer: a float32 network that takes raw pixels.
        pictures: network inputs uint8 [S, S, 3], at least one.
    """
    graph, rng = OpenGraph(flatbuffer), np.random.default_rng(0)
    seen: dict[str, list[np.ndarray]] = {name: [] for name in graph.outputs}
    ends = dict.fromkeys(graph.outputs, (np.inf, -np.inf))
    for picture in pictures:
        graph.run(picture)
        for name, sample in seen.items():
            values = graph.value(name).ravel()
            least, most = ends[name]
            # Unlike Python's own, these pass on what is no number.
            ends[name] = (
                float(np.minimum(least, values.min())),
                float(np.maximum(most, values.max())),
            )
            chosen = rng.integers(0, values.size, min(_SAMPLED, values.size))
            sample.append(values[chosen].astype(np.float32))
    return {name: Activation(*ends[name], np.concatenate(seen[name])) for name in seen}


def int8_range(activation: Activation, method: Method) -> tuple[float, float]:
    """The least and the greatest value that int8 stands for; zero lies between them."""
    least, most = min(activation.least, 0.0), max(activation.most, 0.0)
    if method is Method.PERCENTILE:
        low, high = np.percentile(activation.sample, [_TAIL, 100 - _TAIL])
        return min(float(low), 0.0), max(float(high), 0.0)
    if method is Method.MSE:
        return _least_error(activation.sample, least, most)
    return least, most


def _least_error(sample: np.ndarray, least: float, most: float) -> tuple[float, float]:
    """The range, within the whole one, whose steps are nearest to the values by mean square."""
    counts, edges = np.histogram(sample, _BINS, (least, most))
    values = (edges[:-1] + edges[1:]) / 2
    lows = least * _PARTS if least < 0 else np.zeros(1)
    highs = most * _PARTS if most > 0 else np.zeros(1)

    def error(ends: tuple[float, float]) -> float:
        low, high = ends
        step = (high - low) / _STEPS
        cut = np.clip(values, low, high)
        # A value inside is off by up to half a step, evenly; the bins are finer than steps.
        rounding = np.where(cut == values, step**2 / 12, 0)
        return float(counts @ ((cut - values) ** 2 + rounding))

    return min(((float(low), float(high)) for low in lows for high in highs), key=error)
