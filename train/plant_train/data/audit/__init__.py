"""What is wrong with a data set: one check a file.

A check is a function of the scan that gives a finding; a new one is a new file and an entry in
`CHECKS`, and the command, the JSON and the page have it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from plant_train.data.audit import (
    background,
    class_sizes,
    empty_classes,
    exact_duplicates,
    kinds,
    leaks,
    near_duplicates,
    picture_sizes,
    unreadable,
)
from plant_train.data.audit.finding import Finding
from plant_train.data.audit.scan import Scan, ignored_below, scan_files
from plant_train.data.class_names import ClassNames
from plant_train.data.labelled import merged
from plant_train.data.layouts import read_place, require_each_once, with_our_names
from plant_train.data.layouts.parts import find_parts

CHECKS: tuple[Callable[[Scan], Finding], ...] = (
    leaks.check,
    unreadable.check,
    kinds.check,
    exact_duplicates.check,
    near_duplicates.check,
    class_sizes.check,
    empty_classes.check,
    picture_sizes.check,
    background.check,
)


class Audit(BaseModel):
    """What `audit --json` prints, and a run's `audit.json`. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: list[str]
    pictures: int
    classes: int
    parts: dict[str, int]
    leaks: bool
    findings: list[Finding]


def audit(data: Sequence[Path], names: ClassNames | None = None) -> Audit:
    """Read every file of one or several data sets, all parts of them, and check them.

    Raises:
        UserError: a place is missing or in no known layout. What lies in it raises nothing.
    """
    return audited(_scan(data, names), data)


def audited(scan: Scan, data: Sequence[Path]) -> Audit:
    """All checks of files that were read.

    Args:
        data: what the audit says that it is of.
    """
    findings = [check(scan) for check in CHECKS]
    return Audit(
        data=[str(place) for place in data],
        pictures=len(scan.pictures),
        classes=len(scan.pictures.classes),
        parts={name: scan.part.count(name) for name in scan.classes_of},
        leaks=any(finding.severity == "leak" for finding in findings),
        findings=findings,
    )


def _scan(data: Sequence[Path], names: ClassNames | None) -> Scan:
    places = [(name, place) for one in data for name, place in find_parts(one).named().items()]
    read = with_our_names([read_place(place) for _, place in places], names)
    part = [name for (name, _), pictures in zip(places, read, strict=True) for _ in pictures.paths]
    classes_of: dict[str, tuple[str, ...]] = {}
    for (name, _), pictures in zip(places, read, strict=True):
        classes_of[name] = tuple(sorted({*classes_of.get(name, ()), *pictures.classes}))
    pictures = merged(read)
    require_each_once(pictures)
    ignored = [path for _, place in places for path in ignored_below(place)]
    return scan_files(pictures, part, classes_of, ignored)
