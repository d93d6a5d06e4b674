"""Class names that differ from one data set to another: a table of theirs and ours."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_train.data.labelled import LabelledPictures

_COLUMNS = ["theirs", "ours"]
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class ClassNames:
    """Read from a CSV file with the columns `theirs` and `ours`.

    Args:
        ours: by their name.
    """

    file: Path
    ours: dict[str, str]

    def require_known(self, classes: Sequence[str]) -> None:
        """Refuse a name that no data set has.

        Raises:
            UserError: one of their names is not among `classes`.
        """
        for theirs in self.ours:
            if theirs not in classes:
                raise UserError(
                    f"{self.file} names the class {theirs}{near_misses(theirs, classes)}, "
                    f"which the data do not have; they have {', '.join(classes)}"
                )


def read_class_names(file: Path) -> ClassNames:
    """Read a table of class names; several of theirs may become one of ours.

    Raises:
        UserError: the file is missing, has other columns, an empty name, or one of theirs twice.
    """
    if not file.is_file():
        raise UserError(f"expected a table of class names at {file}: there is none")
    if file.stat().st_size > _MAX_BYTES:
        raise UserError(f"expected a table of at most {_MAX_BYTES:,} bytes, received: {file}")
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"expected a CSV table in UTF-8: {file} ({error})") from None
    if not rows or rows[0] != _COLUMNS:
        received = ",".join(rows[0])[:200] if rows else "nothing"
        raise UserError(f"{file}, line 1: expected the columns theirs,ours, received: {received}")
    ours: dict[str, str] = {}
    for line, row in enumerate(rows[1:], start=2):
        names = [name.strip() for name in row]
        if len(names) != len(_COLUMNS) or not all(names):
            raise UserError(f"{file}, line {line}: expected two names, received: {','.join(row)}")
        if names[0] in ours:
            raise UserError(f"{file}, line {line}: {names[0]} has a line already")
        ours[names[0]] = names[1]
    return ClassNames(file, ours)


def renamed(pictures: LabelledPictures, names: ClassNames) -> LabelledPictures:
    """The same pictures, with our names where the table has them."""
    labels = [names.ours.get(label, label) for label in pictures.classes]
    classes = tuple(sorted(set(labels)))
    number = [classes.index(label) for label in labels]
    return replace(
        pictures, classes=classes, labels=tuple(number[label] for label in pictures.labels)
    )


def require_no_twins(parts: Sequence[LabelledPictures], names: ClassNames | None) -> None:
    """Refuse data sets that write what looks like one class in two ways.

    A name that the table mentions is meant.

    Raises:
        UserError: two data sets have classes that differ in case and punctuation alone.
    """
    meant = {*names.ours, *names.ours.values()} if names else set()
    seen: dict[str, tuple[str, str]] = {}
    for pictures in parts:
        for label in pictures.classes:
            key = "".join(filter(str.isalnum, label.casefold()))
            other, where = seen.setdefault(key, (label, pictures.where))
            if other != label and not {other, label} <= meant:
                raise UserError(
                    f"{where} has a class {other}, {pictures.where} a class {label}: say with "
                    "--class-names which of ours each is (a name may stand for itself)"
                )
