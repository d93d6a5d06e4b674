"""Records as a CSV table, for a spreadsheet."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from plant_device.contract.atomic import atomic_path
from plant_device.store.export.lines import record_line
from plant_device.store.record import Record

COLUMNS = (
    "id",
    "taken_at",
    "certainty",
    "decision",
    "cause",
    "label",
    "probability",
    "corrected",
    "note",
    "latitude",
    "longitude",
    "inspection",
    "reason",
    "path",
    "frame",
    "picture",
    "model",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection). Where its country
# writes numbers with a comma, cells end at semicolons, whatever is quoted: each piece of a text may
# become one.
_FORMULA = re.compile(r"""(^|[;\t\r\n])([\s"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")


def write_table(records: Iterable[Record], path: Path) -> int:
    """Write records as a table, atomically and one after the other.

    Returns:
        How many there were.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    number = 0
    with (
        atomic_path(path) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for record in records:
            line = record_line(record)
            place = line.place.model_dump() if line.place else {}
            values = line.model_dump() | place
            rows.writerow([_cell(values.get(column)) for column in COLUMNS])
            number += 1
    return number


def _cell(value: object) -> object:
    if isinstance(value, str):
        return _FORMULA.sub(r"\1\2'", value)
    return "" if value is None else value
