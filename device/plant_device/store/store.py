"""Records and their pictures in one folder.

A picture is on the disk before its record is committed: after a power cut at any moment there is no
record without its picture, and none that was acknowledged is missing. A picture without a record
may be left, and harms nobody.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from plant_device.classify.classifier import ClassifiedLine
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.store.database import NAME, open_database
from plant_device.store.pictures import write_picture
from plant_device.store.record import Record


@dataclass(frozen=True)
class Wanted:
    """Which records are asked for.

    Args:
        since, until: taken at this moment or later; before this one.
        decision: as the device decided.
        label: as corrected, or else as the network has it.
        corrected: only those that a person corrected.
    """

    since: datetime | None = None
    until: datetime | None = None
    decision: str | None = None
    label: str | None = None
    corrected: bool = False


class Store(AbstractContextManager["Store"]):
    """The store in a folder, which is made if there is none."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """Open it, and mend it where it is damaged.

        Args:
            say: told of damage.

        Raises:
            UserError: the folder cannot be written, or a newer program made the store.
        """
        self.folder = folder
        self._database = open_database(folder, say)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    @classmethod
    def existing(cls, folder: Path, say: Callable[[str], None]) -> "Store":
        """Open one that is there already.

        Raises:
            UserError: there is none, or as of a new one.
        """
        if not (folder / NAME).is_file():
            raise UserError(
                f"expected a folder that plant-device run --store wrote: there is no {NAME} in "
                f"{folder}"
            )
        return cls(folder, say)

    def keep(
        self, picture: Picture, classified: ClassifiedLine, model: str, taken_at: datetime
    ) -> int:
        """Keep a decision with its picture RGB uint8 [H, W, 3]; on the disk when this returns.

        Returns:
            The record's id.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        name = write_picture(self.folder, picture, taken_at)
        values = {
            "taken_at": _as_text(taken_at),
            "source": classified.path,
            "frame": classified.frame or 0,
            "decision": classified.decision,
            "cause": classified.cause,
            "reason": classified.reason,
            "label": classified.label,
            "probability": classified.probability,
            "top": json.dumps([entry.model_dump() for entry in classified.top]),
            "energy": classified.energy,
            "quality": classified.quality.model_dump_json() if classified.quality else None,
            "ms": classified.ms,
            "model": model,
            "picture": name,
        }
        try:
            with self._database:
                added = self._database.execute(
                    f"INSERT INTO records ({', '.join(values)}) "
                    f"VALUES ({', '.join(f':{key}' for key in values)})",
                    values,
                )
        except sqlite3.OperationalError as error:
            (self.folder / name).unlink(missing_ok=True)
            raise OSError(str(error)) from error
        assert added.lastrowid
        return added.lastrowid

    def records(self, wanted: Wanted = Wanted(), limit: int | None = None) -> Iterator[Record]:
        """Yield records, the newest first; memory stays flat however many there are."""
        where, values = _conditions(wanted)
        cursor = self._database.execute(
            f"SELECT * FROM records{where} ORDER BY taken_at DESC, id DESC LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return map(_record, cursor)

    def count(self, wanted: Wanted = Wanted()) -> int:
        """How many there are."""
        where, values = _conditions(wanted)
        (number,) = self._database.execute(
            f"SELECT count(*) FROM records{where}", values
        ).fetchone()
        return int(number)

    def correct(self, number: int, label: str | None, note: str | None = None) -> None:
        """Say what a record shows.

        Args:
            label: the class; None takes a correction back.
            note: a person's words; None leaves those that there are.

        Raises:
            UserError: there is no such record.
        """
        with self._database:
            changed = self._database.execute(
                "UPDATE records SET corrected = ?, note = coalesce(?, note) WHERE id = ?",
                (label, note, number),
            )
        if changed.rowcount == 0:
            raise UserError(f"expected a record's number, there is no record {number}")


def _conditions(wanted: Wanted) -> tuple[str, Sequence[str]]:
    tests = [
        ("taken_at >= ?", _as_text(wanted.since) if wanted.since else None),
        ("taken_at < ?", _as_text(wanted.until) if wanted.until else None),
        ("decision = ?", wanted.decision),
        ("coalesce(corrected, label) = ?", wanted.label),
    ]
    conditions = [test for test, value in tests if value is not None]
    if wanted.corrected:
        conditions.append("corrected IS NOT NULL")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return where, [value for _, value in tests if value is not None]


def _as_text(moment: datetime) -> str:
    """In UTC with microseconds, so that texts sort as their moments do."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def _record(row: sqlite3.Row) -> Record:
    return Record(
        id=row["id"],
        taken_at=datetime.fromisoformat(row["taken_at"]),
        classified=ClassifiedLine(
            path=row["source"],
            frame=row["frame"],
            decision=row["decision"],
            cause=row["cause"],
            reason=row["reason"],
            label=row["label"],
            probability=row["probability"],
            top=json.loads(row["top"]),
            energy=row["energy"],
            quality=json.loads(row["quality"]) if row["quality"] else None,
            ms=row["ms"],
        ),
        model=row["model"],
        picture=row["picture"],
        corrected=row["corrected"],
        note=row["note"],
    )
