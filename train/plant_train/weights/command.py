"""What `plant-train weights` shows: a file's fate, and the logits that it was published with."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from plant_device.contract.geometry import network_input
from plant_device.contract.picture_file import read_picture
from plant_train.archs.architecture import Architecture, Options
from plant_train.weights.porting import Transfer, open_weights, published_network, transfer
from plant_train.weights.table import transfer_table

_IMAGENET_CLASSES = 1000
_BEST = 5


@dataclass(frozen=True)
class Inspection:
    """A published file beside an architecture.

    Args:
        options: of the architecture, as the weights need them.
        moved: what a transfer took.
        logits: of a picture through the network as published, or None.
    """

    options: Options
    moved: Transfer
    logits: list[float] | None

    def as_json(self) -> str:
        """One object; docs/json.md has the keys."""
        shown = {**asdict(self.moved), "options": self.options.model_dump()}
        return json.dumps(shown if self.logits is None else {**shown, "logits": self.logits})

    def as_text(self) -> str:
        """The table, and the highest logits with the numbers of their classes."""
        table = transfer_table(self.moved)
        if self.logits is None:
            return table
        best = np.argsort(self.logits)[::-1][:_BEST]
        highest = ", ".join(f"{self.logits[index]:.4f} (class {index})" for index in best)
        return f"{table}\nhighest logits: {highest}"


def inspect_weights(
    path: Path, architecture: Architecture, options: Options, picture: Path | None
) -> Inspection:
    """See what a transfer would take; with a picture, run the whole published network on it.

    Raises:
        UserError: the file or the picture cannot be used.
    """
    weights = open_weights(path, architecture, options)
    if picture is None:
        model = architecture.build(_IMAGENET_CLASSES, weights.options)
        return Inspection(weights.options, transfer(model, weights), None)
    pixels = network_input(read_picture(picture), architecture.geometry)
    model, moved = published_network(architecture, weights)
    logits = model(pixels[np.newaxis].astype(np.float32), training=False).numpy()[0]
    return Inspection(weights.options, moved, logits.tolist())
