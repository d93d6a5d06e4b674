"""What every architecture gives, so that the rest of the stage knows none by name."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from pydantic import BaseModel, ConfigDict

from plant_device.contract.geometry import Geometry
from plant_train.archs.published import PublishedWeights


class Options(BaseModel):
    """What can be set of an architecture; this one takes nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Architecture:
    """One network that can be trained, summarised and converted.

    Args:
        name: as `--arch` takes it.
        geometry: input side S, and the stored side it is cropped from.
        options: the type of its options, each with a default.
        build: from the number of classes and the options to a Keras model that takes
            uint8-valued RGB `[B, S, S, 3]` and gives float32 logits `[B, N]`; the
            normalisation of the input is its first layer.
        groups: the names of all layers that have weights, from the input to the logits, in
            the groups that are unfrozen one after another and learn at rates of their own.
        features: the layer whose output the head takes. While the backbone is frozen its
            value for a picture does not change, and can be computed once.
        head: the first layer with weights after `features`; it begins a group.
        weights: those that can be started from, one entry a publisher.
        reset: the layers that a transfer always resets: the last one, whose classes are
            others, and the one before it.
        published: notes that `summary` prints below its table.
    """

    name: str
    geometry: Geometry
    options: type[Options]
    build: Callable[[int, Options], keras.Model]
    groups: tuple[tuple[str, ...], ...]
    features: str
    head: str
    weights: tuple[PublishedWeights, ...]
    reset: tuple[str, ...]
    published: str = ""
