"""The pictures on which a model and its float32 run disagree, as one self-contained page."""

from collections import Counter
from dataclasses import dataclass

from plant_convert.disagreements import Answer, Disagreement
from plant_convert.verify import Verification
from plant_device.contract.geometry import Geometry, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.report.environment import page_environment
from plant_train.report.inline import inline_photo

_TEMPLATE = "disagreements.html.j2"
_MOST_SHOWN = 60
_PHOTO_SIDE = 224


@dataclass(frozen=True)
class _Shown:
    photo: str
    truth: str
    answers: dict[str, Answer]
    file: str


def disagreements_page(verification: Verification, file: str, run: str) -> str:
    """The page: the first `_MOST_SHOWN` disagreements, and how many there are.

    Args:
        verification: with a run.
        file, run: what the page calls the two.
    """
    found = verification.disagreements
    right = Counter(_right(one) for one in found)
    return (
        page_environment(["plant_convert"])
        .get_template(_TEMPLATE)
        .render(
            file=file,
            run=run,
            verified=verification.verified,
            count=len(found),
            right=right,
            shown=[_shown(one, verification) for one in found[:_MOST_SHOWN]],
        )
    )


def _right(one: Disagreement) -> str:
    if one.truth == one.int8.label:
        return "int8"
    return "float32" if one.truth == one.float32.label else "neither"


def _shown(one: Disagreement, verification: Verification) -> _Shown:
    path = verification.paths[one.picture]
    # The square that the models saw, but for the border that their crop takes off.
    square = leaf_picture(read_picture(path, _PHOTO_SIDE), Geometry(_PHOTO_SIDE, _PHOTO_SIDE))
    answers = {"int8": one.int8, "float32": one.float32}
    # A name that is not UTF-8 must not break the page.
    name = str(path).encode(errors="backslashreplace").decode()
    return _Shown(inline_photo(square, _PHOTO_SIDE), one.truth, answers, name)
