"""A picture that two models name differently, as pages show it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plant_convert.disagreements import Answer, Disagreement
from plant_device.contract.geometry import Picture
from plant_train.report.inline import inline_photo

PHOTO_SIDE = 224
MOST_SHOWN = 60
"""More of them would be megabytes."""


@dataclass(frozen=True)
class ShownDisagreement:
    """What templates/disagreement_pictures.html.j2 takes.

    Args:
        photo: as a data address.
        answers: by "int8" and "float32".
        file: where the picture is from.
    """

    photo: str
    truth: str
    answers: dict[str, Answer]
    file: str


def shown(one: Disagreement, square: Picture, file: Path | str) -> ShownDisagreement:
    """A disagreement with its picture, an RGB square uint8 [S, S, 3]."""
    answers = {"int8": one.int8, "float32": one.float32}
    # A name that is not UTF-8 must not break the page.
    name = str(file).encode(errors="backslashreplace").decode()
    return ShownDisagreement(inline_photo(square, PHOTO_SIDE), one.truth, answers, name)


def who_is_right(found: Sequence[Disagreement]) -> Counter[str]:
    """How often "int8", "float32" or "neither" of the two names what the picture shows."""
    return Counter(_right(one) for one in found)


def _right(one: Disagreement) -> str:
    if one.truth == one.int8.label:
        return "int8"
    return "float32" if one.truth == one.float32.label else "neither"
