"""An int8 model beside the float32 one, on the pictures by which the gate decides."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from plant_convert.gate import Comparison, compare, pictures_to_add
from plant_convert.origin import Origin
from plant_device.classify.runtime import Runtime
from plant_device.contract.command_line import say
from plant_device.contract.geometry import Picture, centre_crop
from plant_train.data.cache import CachedPictures
from plant_train.judge.calibration import fit_temperature
from plant_train.judge.inference import picture_logits
from plant_train.progress import track


@dataclass(frozen=True)
class JudgedPictures:
    """Held-out pictures, then training pictures of classes with few of these; float32's logits.

    Args:
        added: indices of the training pictures that join.
        labels: int [n + a], those of held-out pictures first.
        float32: float [n + a, N], what the int8 model has to answer like.
        temperature: fitted to the float32 logits.
    """

    held_out: CachedPictures
    training: CachedPictures
    added: Sequence[int]
    labels: np.ndarray
    float32: np.ndarray
    temperature: float

    def __len__(self) -> int:
        return len(self.labels)

    def crops(self) -> Iterator[Picture]:
        """Network inputs uint8 [S, S, 3], in their order."""
        for pictures, indices in (
            (self.held_out, range(len(self.held_out))),
            (self.training, self.added),
        ):
            for index in indices:
                yield centre_crop(pictures.leaf(index), pictures.geometry)


@dataclass(frozen=True)
class Judged:
    """What an int8 model showed.

    Args:
        int8: logits float32 [n, N] for the held-out pictures.
        temperature: fitted to them.
        held_out: both models on the held-out pictures.
        gate: both models on these and the training pictures that joined.
        ms: the median time of a picture on the device's runtime, here.
    """

    int8: np.ndarray
    temperature: float
    held_out: Comparison
    gate: Comparison
    ms: float


def judged_pictures(origin: Origin) -> JudgedPictures:
    """What all models that are made of one origin are judged by."""
    held_out, training, float32 = origin.validation, origin.training, origin.float32
    added = pictures_to_add(held_out.labels, training.labels, len(held_out.classes))
    if added:
        say(f"{len(added)} training pictures join the gate's, of classes with few held-out ones")
        leaves = [training.leaf(index) for index in added]
        theirs = picture_logits(origin.whole, leaves, training.geometry)
        float32 = np.concatenate([float32, theirs])
    labels = np.concatenate([held_out.labels, training.labels[added]])
    return JudgedPictures(held_out, training, added, labels, float32, origin.temperature)


def judged(runtime: Runtime, pictures: JudgedPictures) -> Judged:
    """Run an int8 model on the pictures, and compare."""
    logits: list[np.ndarray] = []
    times: list[float] = []
    for crop in track(pictures.crops(), len(pictures), "int8"):
        start = time.perf_counter()
        logits.append(runtime.logits(crop))
        times.append((time.perf_counter() - start) * 1e3)
    n, classes = len(pictures.held_out), pictures.held_out.classes
    int8, labels = np.stack(logits), pictures.labels
    temperature = fit_temperature(int8[:n], labels[:n])
    held_out, gate = (
        compare(
            pictures.float32[:count],
            int8[:count],
            labels[:count],
            classes,
            (pictures.temperature, temperature),
        )
        for count in (n, len(pictures))
    )
    return Judged(int8[:n], temperature, held_out, gate, statistics.median(times))
