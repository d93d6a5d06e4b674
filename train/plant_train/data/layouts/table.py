"""A CSV file with a picture a line: path, label and, where it is known, group."""

import csv
from collections.abc import Iterator
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name
from plant_train.data.labelled import LabelledPictures, TableLine
from plant_train.data.leaf_ids import known_groups

_REQUIRED = ("path", "label")
_GROUP = "group"
# A million pictures with long paths.
_MAX_BYTES = 512_000_000
_MAX_PATH, _MAX_LABEL = 4096, 200
_SHOWN = 200


def recognises(place: Path) -> bool:
    """Whether `place` is a file named .csv."""
    return place.is_file() and place.suffix.lower() == ".csv"


def read(file: Path) -> LabelledPictures:
    """Read a CSV file with a header; paths start from the folder that the file lies in.

    Raises:
        UserError: a line is not as expected, or its picture is missing; the message has its number.
    """
    if file.stat().st_size > _MAX_BYTES:
        raise UserError(
            f"expected a table of at most {_MAX_BYTES:,} bytes, "
            f"received {file.stat().st_size:,}: {file}"
        )
    root = file.parent
    rows: dict[Path, tuple[str, str]] = {}
    lines: dict[Path, TableLine] = {}
    for line, row in _rows(file):
        path, label = _picture(root, row["path"], line), _label(row["label"], line)
        if path in rows:
            former = rows[path][0]
            as_what = "" if former == label else f", as {former} and not as {label}"
            raise UserError(
                f"{line}: {row['path']} stands in line {lines[path].number} already{as_what}"
            )
        rows[path], lines[path] = (label, row.get(_GROUP, "").strip()), line
    if not rows:
        raise UserError(f"expected a picture a line in {file}, received a header alone")
    names = [label for label, _ in rows.values()]
    classes = tuple(sorted(set(names)))
    by_name = known_groups(tuple(rows), names, root)
    return LabelledPictures(
        classes,
        tuple(rows),
        tuple(classes.index(name) for name in names),
        tuple(group or known for (_, group), known in zip(rows.values(), by_name, strict=True)),
        (root,) * len(rows),
        tuple(lines.values()),
    )


def _rows(file: Path) -> Iterator[tuple[TableLine, dict[str, str]]]:
    try:
        # utf-8-sig: spreadsheets begin a file with a byte order mark.
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            columns = reader.fieldnames or ()
            if {*columns} not in ({*_REQUIRED}, {*_REQUIRED, _GROUP}):
                # As Python writes it: a tab would look like a space.
                received = repr(",".join(columns)[:_SHOWN]) if columns else "nothing"
                raise UserError(
                    f"{file}, line 1: expected the columns path,label or path,label,group, "
                    f"separated by commas, received: {received}"
                )
            for row in reader:
                if None in row or None in row.values():
                    raise UserError(
                        f"{file}, line {reader.line_num}: expected {len(columns)} values "
                        "separated by commas (quote a value that has a comma)"
                    )
                yield TableLine(file, reader.line_num), row
    except UnicodeDecodeError as error:
        raise UserError(f"expected a table in UTF-8: {file} ({error.reason})") from None
    except csv.Error as error:
        raise UserError(f"{file}, after line {reader.line_num}: {error}") from None


def _picture(root: Path, name: str, line: TableLine) -> Path:
    if not 0 < len(name) <= _MAX_PATH or "\0" in name:
        raise UserError(f"{line}: expected a path of at most {_MAX_PATH} characters")
    path = root / name
    if not is_picture_name(path):
        raise UserError(f"{line}: expected the name of a picture (.jpg, .png, …), received: {name}")
    try:
        there = path.is_file()
    except OSError as error:
        raise UserError(
            f"{line}: expected a picture, cannot look at {path}: {error.strerror}"
        ) from None
    if not there:
        raise UserError(f"{line}: expected a picture at {path}, there is none")
    return path


def _label(value: str, line: TableLine) -> str:
    label = value.strip()
    if not 0 < len(label) <= _MAX_LABEL or not label.isprintable():
        raise UserError(
            f"{line}: expected a label of at most {_MAX_LABEL} printable characters, "
            f"received: {label[:50]!r}"
        )
    return label
