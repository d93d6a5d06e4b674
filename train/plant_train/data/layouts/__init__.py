"""How places on the disk become lists of labelled pictures: one file a layout.

A layout is a module with `recognises(place)` and `read(place)`; a new one is a new file and an
entry in `LAYOUTS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plant_device.contract.errors import UserError
from plant_train.data.class_names import ClassNames, renamed, require_no_twins
from plant_train.data.labelled import (
    LabelledPictures,
    merged,
    require_pictures_of_every_class,
    require_two_classes,
    with_classes_of,
)
from plant_train.data.layouts import class_folders, one_class, table
from plant_train.data.layouts.parts import Parts, find_parts, judged_part


class Layout(Protocol):
    """What a module in this folder offers."""

    def recognises(self, place: Path) -> bool:
        """Whether `place` looks like this layout."""

    def read(self, place: Path) -> LabelledPictures:
        """The pictures; raises UserError where it is not what it looked like."""


_WAYS_OUT = (
    "where the names differ give --class-names FILE; pictures of none of its classes are for "
    "plant-train evaluate --unknown FOLDER"
)

# The first that recognises a place reads it.
LAYOUTS: tuple[Layout, ...] = (one_class, class_folders, table)


@dataclass(frozen=True)
class TrainingData:
    """What a training may see: never a test part.

    Args:
        training: pictures to train with; where `validation` is None, some are to be held out.
        validation: the pictures of validation folders, where there are any.
        places: where both were read: folders of class folders, or tables.
        roots: the folders of both, in an order that depends on the arguments alone.
    """

    training: LabelledPictures
    validation: LabelledPictures | None
    places: tuple[Path, ...]
    roots: tuple[Path, ...]

    @property
    def pictures(self) -> LabelledPictures:
        """All of them."""
        return merged([self.training, self.validation]) if self.validation else self.training


def read_place(place: Path) -> LabelledPictures:
    """Read one folder of class folders, or one table; a class folder may be empty.

    Raises:
        UserError: there is nothing, or nothing that a layout recognises.
    """
    for layout in LAYOUTS:
        if layout.recognises(place):
            return layout.read(place)
    require_there([place])
    raise _not_understood(place, "it is neither")


def require_there(places: Sequence[Path]) -> None:
    """Refuse a place where there is nothing, without looking into the others.

    Raises:
        UserError: there is nothing at one of them.
    """
    for place in places:
        if not place.exists():
            raise _not_understood(place, "there is none")


def _not_understood(place: Path, received: str) -> UserError:
    return UserError(
        f"expected a folder of class folders, or a .csv table with the columns path,label or "
        f"path,label,group, at {place}: {received}"
    )


def read_pictures(place: Path) -> LabelledPictures:
    """Read a place whose every class has pictures.

    Raises:
        UserError: it is missing, or a class is empty.
    """
    pictures = read_place(place)
    require_pictures_of_every_class(pictures, place)
    return pictures


def read_training_data(data: Sequence[Path], names: ClassNames | None = None) -> TrainingData:
    """Read what a training may see of one or several data sets.

    The validation folders of any of them are the validation set, and everything else trains.

    Raises:
        UserError: a place or a class is not usable, a picture comes twice, or there are fewer
            than two classes.
    """
    parts = [find_parts(place) for place in data]
    places = _seen_in_training(parts)
    read = with_our_names([read_pictures(place) for place in places], names)
    trained = merged(read[: len(parts)])
    require_two_classes(trained)
    held_out = with_classes_of(merged(read[len(parts) :]), trained.classes)
    found = TrainingData(
        trained,
        held_out if len(held_out) else None,
        tuple(places),
        tuple(_root(place) for place in places),
    )
    require_each_once(found.pictures)
    _require_utf8_names(found.pictures)
    return found


def training_roots(data: Sequence[Path]) -> list[Path]:
    """The folders that names in a run's split start from, in the order of their numbers."""
    return [_root(place) for place in _seen_in_training([find_parts(place) for place in data])]


def read_judged_pictures(
    data: Path, classes: tuple[str, ...], names: ClassNames | None = None
) -> LabelledPictures:
    """Read what a model with these classes is judged on: `DATA/test` beside a `train`, else DATA.

    Raises:
        UserError: the place is not usable, or has classes that the model does not know.
    """
    pictures = with_our_names([read_pictures(judged_part(data))], names)[0]
    return with_classes_of(pictures, classes, _WAYS_OUT)


def _seen_in_training(parts: Sequence[Parts]) -> list[Path]:
    """Where to train from in each data set, then the validation folders."""
    trained = [part.training or part.whole for part in parts]
    return [place for place in [*trained, *(part.validation for part in parts)] if place]


def _root(place: Path) -> Path:
    return place if place.is_dir() else place.parent


def with_our_names(
    read: list[LabelledPictures], names: ClassNames | None
) -> list[LabelledPictures]:
    """Give data sets that were read our class names.

    Raises:
        UserError: a name is unknown, or one class seems to be written in two ways.
    """
    if names:
        names.require_known(sorted({label for pictures in read for label in pictures.classes}))
        read = [renamed(pictures, names) for pictures in read]
    require_no_twins(read, names)
    return read


def _require_utf8_names(pictures: LabelledPictures) -> None:
    for name in pictures.names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise UserError(
                f"expected file names in UTF-8, which a run can write down, received: {name!r} in "
                f"{pictures.where}; rename it"
            ) from None


def require_each_once(pictures: LabelledPictures) -> None:
    """Refuse data sets that overlap.

    Raises:
        UserError: a picture comes twice.
    """
    seen: set[Path] = set()
    for path in pictures.paths:
        if path in seen:
            raise UserError(f"expected each picture once, two data sets have {path}")
        seen.add(path)
