"""What every architecture gives, so that the rest of the stage knows none by name."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from pydantic import BaseModel, ConfigDict

from plant_device.contract.geometry import Geometry


class Options(BaseModel):
    """What can be set of an architecture; this one takes nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class ImportedTensor:
    """Where one tensor of a published weights file goes.

    Args:
        name: the tensor's name in the file.
        layer: the layer of ours that takes it.
        variable: `kernel` or `bias`.
        reverse_input_channels: the published network takes BGR, ours takes RGB.
    """

    name: str
    layer: str
    variable: str
    reverse_input_channels: bool = False


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
        weights: which tensors of a published file go where.
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
    weights: tuple[ImportedTensor, ...]
    reset: tuple[str, ...]
    published: str = ""
