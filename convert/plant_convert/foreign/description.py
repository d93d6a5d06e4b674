"""What a user tells of a foreign classifier, since its file does not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_convert.foreign.labels import read_labels
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry, Picture

Channels = tuple[float, float, float]

MAX_SIDE = 1024
"""Of a network's input: the contract's own limit."""

# ImageNet's custom: the centre 224 of a picture that was scaled to 256.
_STORED_OVER_INPUT = 256 / 224


@dataclass(frozen=True)
class Normalisation:
    """What a network takes for pixels of 0 to 255: (pixel - mean) / std, of red, green and blue."""

    mean: Channels
    std: Channels

    def apply(self, picture: Picture) -> np.ndarray:
        """Float32 [S, S, 3] from uint8 [S, S, 3]."""
        exact = (picture.astype(np.float64) - self.mean) / self.std
        return exact.astype(np.float32)


@dataclass(frozen=True)
class Description:
    """How to feed a foreign classifier, and how to read its answer.

    Args:
        labels: of its classes, in the order of its logits.
        normalisation: what it takes for pixels; None: the pixels themselves.
        stored_side: of the square that its input is the centre of; None: in ImageNet's proportion.
    """

    labels: tuple[str, ...]
    normalisation: Normalisation | None = None
    stored_side: int | None = None

    def geometry(self, side: int) -> Geometry:
        """How a picture becomes a network's input of side `side`.

        Raises:
            UserError: the side or the stored side is out of range.
        """
        if not 1 <= side <= MAX_SIDE:
            raise UserError(
                f"expected a network whose input is 1 to {MAX_SIDE} pixels wide, received {side}"
            )
        stored = self.stored_side or min(MAX_SIDE, round(side * _STORED_OVER_INPUT))
        if not side <= stored <= MAX_SIDE:
            raise UserError(
                f"expected a --stored-side of the network's {side} to {MAX_SIDE} pixels, "
                f"received {stored}"
            )
        return Geometry(side, stored)

    def in_words(self, side: int) -> str:
        """What is assumed of the input."""
        stored = self.geometry(side).stored_side
        if self.normalisation is None:
            values = "raw pixels 0…255"
        else:
            mean, std = map(_told, (self.normalisation.mean, self.normalisation.std))
            values = f"pixels less {mean} over {std}"
        return (
            f"RGB {side} x {side}, the centre of {stored} x {stored} (--stored-side for another), "
            f"{values} (--mean and --std for others)"
        )


def read_description(
    labels: Path | None, mean: str | None, std: str | None, stored_side: int | None
) -> Description | None:
    """Read the options that describe a foreign classifier; None where there are none.

    Raises:
        UserError: one of them is not usable, or they come without `--labels`.
    """
    if labels is None:
        given = {"--mean": mean, "--std": std, "--stored-side": stored_side}
        stray = [option for option, value in given.items() if value is not None]
        if stray:
            raise UserError(
                f"expected --labels with {' and '.join(stray)}: they describe a foreign classifier"
            )
        return None
    return Description(read_labels(labels), read_normalisation(mean, std), stored_side)


def read_normalisation(mean: str | None, std: str | None) -> Normalisation | None:
    """Read `--mean` and `--std`: one number, or three with commas between them.

    Raises:
        UserError: they are something else, or in units of 0 to 1.
    """
    if mean is None and std is None:
        return None
    means = _channels("--mean", "0" if mean is None else mean)
    stds = _channels("--std", "1" if std is None else std)
    if min(stds) < 1:
        raise UserError(
            f"expected --std in pixels of 0 to 255, at least 1, received {std}: multiply what was "
            "published for 0 to 1 by 255, --mean too"
        )
    return Normalisation(means, stds)


def by_channel(values: Sequence[float]) -> Channels | None:
    """One number for all channels, or one for each; None for what is neither."""
    if len(values) not in (1, 3) or not all(map(math.isfinite, values)):
        return None
    red, green, blue = [*values] * (3 // len(values))
    return red, green, blue


def _told(channels: Channels) -> str:
    different = channels if len(set(channels)) > 1 else channels[:1]
    return ", ".join(f"{value:g}" for value in different)


def _channels(option: str, text: str) -> Channels:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    channels = by_channel(values)
    if channels is None:
        raise UserError(
            f"expected one number for {option}, or three for red, green and blue such as "
            f"123.68,116.78,103.94, received: {text[:50]}"
        )
    return channels
