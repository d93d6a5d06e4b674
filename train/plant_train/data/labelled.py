"""Pictures with their classes and groups: what every layout on the disk becomes."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses


@dataclass(frozen=True)
class TableLine:
    """A line of a table, which lists a picture."""

    table: Path
    number: int

    def __str__(self) -> str:
        return f"{self.table}, line {self.number}"


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures with their classes, and with what must stay together.

    Args:
        classes: labels, sorted.
        paths: one a picture.
        labels: for each picture its index in `classes`.
        groups: for each picture what it shares with others (a leaf, a photograph that was copied);
            pictures of one group never go to different sides of a split. "": nothing is known.
        roots: for each picture the folder that its name in a split starts from.
        lines: for each picture what lists it, for messages alone; None where a folder does.
    """

    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    groups: tuple[str, ...]
    roots: tuple[Path, ...]
    lines: tuple[TableLine | None, ...] = field(compare=False)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def where(self) -> str:
        """The folders and tables, for a message."""
        places = zip(self.roots, self.lines, strict=True)
        return ", ".join(dict.fromkeys(str(line.table if line else root) for root, line in places))

    @property
    def names(self) -> tuple[str, ...]:
        """For each picture its path from its root: what stays when a data set moves."""
        return tuple(
            Path(os.path.relpath(path, root)).as_posix()
            for path, root in zip(self.paths, self.roots, strict=True)
        )

    def subset(self, indices: Sequence[int]) -> "LabelledPictures":
        """The pictures at `indices`, with all the classes."""
        return LabelledPictures(
            self.classes,
            tuple(self.paths[index] for index in indices),
            tuple(self.labels[index] for index in indices),
            tuple(self.groups[index] for index in indices),
            tuple(self.roots[index] for index in indices),
            tuple(self.lines[index] for index in indices),
        )


def merged(parts: Sequence[LabelledPictures]) -> LabelledPictures:
    """All the pictures, one after another, with the classes of any."""
    classes = tuple(sorted({label for part in parts for label in part.classes}))
    renumbered = [with_classes_of(part, classes) for part in parts]
    return LabelledPictures(
        classes,
        tuple(path for part in renumbered for path in part.paths),
        tuple(label for part in renumbered for label in part.labels),
        tuple(group for part in renumbered for group in part.groups),
        tuple(root for part in renumbered for root in part.roots),
        tuple(line for part in renumbered for line in part.lines),
    )


def with_classes_of(
    pictures: LabelledPictures, classes: tuple[str, ...], way_out: str = ""
) -> LabelledPictures:
    """The same pictures, numbered by a run's classes.

    Args:
        way_out: what else than another selection a user can do about a class that is not known.

    Raises:
        UserError: a picture has a class that the run does not know.
    """
    unknown = [label for label in pictures.classes if label not in classes]
    if unknown:
        first = f"{unknown[0]}{_line_of(unknown[0], pictures)}{near_misses(unknown[0], classes)}"
        told = [first, *unknown[1:]]
        raise UserError(
            f"{pictures.where} has classes that the model does not know: {_some(told)}; "
            f"expected a selection of its {len(classes)}: {', '.join(classes[:3])} …"
            + (way_out and f"; {way_out}")
        )
    number = [classes.index(label) for label in pictures.classes]
    return replace(
        pictures, classes=classes, labels=tuple(number[label] for label in pictures.labels)
    )


def require_two_classes(pictures: LabelledPictures) -> None:
    """Refuse to train where there is nothing to tell apart.

    Raises:
        UserError: there are fewer than two classes.
    """
    if len(pictures.classes) < 2:
        raise UserError(
            f"expected at least two classes in {pictures.where}, "
            f"received one: {pictures.classes[0]}{_folders_in_a_class(pictures)}"
        )


def require_pictures_of_every_class(pictures: LabelledPictures, where: Path) -> None:
    """Refuse classes that nothing could be learned of.

    Raises:
        UserError: a class has no picture.
    """
    support = Counter(pictures.labels)
    empty = [name for label, name in enumerate(pictures.classes) if not support[label]]
    if empty:
        raise UserError(
            f"expected pictures (JPEG, PNG, WebP, BMP, TIFF) in every class folder of {where}, "
            f"these have none: {_some(empty)}"
        )


def _folders_in_a_class(pictures: LabelledPictures) -> str:
    """What may have been meant where data lie a folder deeper than expected, or nothing."""
    parts = [Path(name).parts for name in pictures.names]
    folders = sorted({names[1] for names in parts if len(names) > 2})
    if len(folders) < 2:
        return ""
    return f" (if the classes are {_some(folders)}: give {pictures.roots[0] / parts[0][0]})"


def _line_of(name: str, pictures: LabelledPictures) -> str:
    """` in line …`, the first that has a class, or nothing where no table names it."""
    label = pictures.classes.index(name)
    listed = zip(pictures.labels, pictures.lines, strict=True)
    number = next((line.number for its, line in listed if line and its == label), None)
    return f" in line {number}" if number else ""


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
