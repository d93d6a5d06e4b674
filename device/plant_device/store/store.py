"""Records and their pictures in one folder.

A picture is on the disk before its record is committed: after a power cut at any moment there is no
record without its picture, and none that was acknowledged is missing. A picture without a record
may be left, and harms nobody.
"""

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from plant_device.classify.decision import kind_named
from plant_device.classify.line import ClassifiedLine
from plant_device.contract.classes import SEPARATOR
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.store.clock import Certainty, Moment
from plant_device.store.database import (
    NAME,
    damaged,
    is_damage,
    open_database,
    read_database,
    read_without_room,
)
from plant_device.store.disk import DiskFaultError, fault_of
from plant_device.store.pictures import delete_picture, picture_file, write_picture
from plant_device.store.place.place import Place
from plant_device.store.record import Record


@dataclass(frozen=True)
class Wanted:
    """Which records are asked for.

    Args:
        since, until: taken at this moment or later; before this one.
        decision: as corrected, or else as the device decided.
        label: as corrected, or else as the network has it.
        corrected: only those that a person corrected; False: that nobody did.
        crop: the label's part before `___`, as it stands there.
        deleted: those that a person deleted, in the place of those that nobody did.
    """

    since: datetime | None = None
    until: datetime | None = None
    decision: str | None = None
    label: str | None = None
    corrected: bool | None = None
    crop: str | None = None
    deleted: bool = False


class NoRecordError(UserError):
    """There is no such record, or a person deleted it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"expected a record's number, there is no record {number}")


@dataclass(frozen=True)
class Counted:
    """How many records there are of a class and decision, as corrected or else as decided."""

    label: str
    decision: str
    number: int


@dataclass(frozen=True)
class Event:
    """What happened to the device, in words; `certainty` is of the time."""

    at: datetime
    certainty: Certainty
    kind: str
    words: str


class Store(AbstractContextManager["Store"]):
    """The store in a folder, which is made if there is none."""

    def __init__(
        self,
        folder: Path,
        database: sqlite3.Connection | None = None,
        disk_fault: str | None = None,
    ) -> None:
        """Open it.

        Args:
            database: that of the folder, where it was opened already.
            disk_fault: why it was opened to be read only.

        Raises:
            DiskFaultError: the disk takes nothing.
            UserError: the folder cannot be written, or a newer program made the store.
        """
        self.folder = folder
        self._disk_fault = disk_fault
        self._database = database or open_database(folder)
        self._files = self._identities()

    def close(self) -> None:
        """Let go of it."""
        self._database.close()

    def write_back(self) -> None:
        """Have all that was acknowledged in the database itself, and not only in its log."""
        with suppress(sqlite3.Error):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def displaced(self) -> str | None:
        """What somebody did to the files that are open, in words: SQLite writes on in any case.

        (https://www.sqlite.org/howtocorrupt.html, 2.4) What is acknowledged then is gone at the
        next start, for that reads the files of these names.
        """
        file, log = self._identities()
        if file is None:
            return (
                f"the records' database is gone from {self.folder}, and the records in it: "
                "another one has to begin"
            )
        if file != self._files[0]:
            return f"the records' database in {self.folder} is another one: records go on in that"
        if log != self._files[1]:
            return f"the log of the records' database is gone from {self.folder}: it is begun anew"
        return None

    def _identities(self) -> list[tuple[int, int] | None]:
        return [_identity(self.folder / name) for name in (NAME, f"{NAME}-wal")]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.DatabaseError) and is_damage(error):
            raise damaged(self.folder, error) from None

    @classmethod
    def existing(cls, folder: Path) -> "Store":
        """Open one that is there already; where its disk takes nothing, to read it.

        Raises:
            UserError: there is none, or as of a new one.
        """
        if not (folder / NAME).is_file():
            raise UserError(
                f"expected a folder that plant-device run --store wrote: there is no {NAME} in "
                f"{folder}"
            )
        try:
            return cls(folder)
        except UserError as error:
            if isinstance(error, DiskFaultError):
                return cls(folder, read_database(folder), error.reason)
            if os.access(folder, os.W_OK):
                raise
            return cls(folder, read_database(folder))

    def keep(
        self,
        picture: Picture | None,
        classified: ClassifiedLine,
        model: str,
        moment: Moment,
        place: Place | None = None,
    ) -> int:
        """Keep a decision with its picture RGB uint8 [H, W, 3]; on the disk when this returns.

        Args:
            picture: None where there is no room for one.
            model: sha256 of the model file.

        Returns:
            The record's id.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        name = write_picture(self.folder, picture, moment.utc) if picture is not None else None
        values = {
            "taken_at": _as_text(moment.utc),
            "certainty": "certain" if moment.certain else "uncertain",
            "uptime": moment.uptime,
            "boot": moment.boot,
            "source": classified.path,
            "frame": classified.frame or 0,
            "decision": classified.decision,
            "kind": classified.decision,
            "cause": classified.cause,
            "reason": classified.reason,
            "label": classified.label,
            "named": classified.label,
            "probability": classified.probability,
            "top": json.dumps([entry.model_dump() for entry in classified.top]),
            "energy": classified.energy,
            "quality": classified.quality.model_dump_json() if classified.quality else None,
            "ms": classified.ms,
            "shown": classified.shown.model_dump_json() if classified.shown else None,
            "model": model,
            "picture": name,
            "latitude": place.latitude if place else None,
            "longitude": place.longitude if place else None,
            "accuracy": place.accuracy if place else None,
            "place": place.origin if place else None,
        }
        try:
            return self._insert("records", values)
        except (OSError, sqlite3.DatabaseError):
            if name:
                (self.folder / name).unlink(missing_ok=True)
            raise

    def keep_verdict(self, verdict: str, leaves: Sequence[int]) -> int:
        """Keep what several records say together, and which these are.

        Args:
            verdict: as JSON.
            leaves: the records' ids.

        Returns:
            The inspection's number.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        with self._writing():
            number = self._added("inspections", {"verdict": verdict})
            self._database.executemany(
                "UPDATE records SET inspection = ? WHERE id = ?",
                [(number, leaf) for leaf in leaves],
            )
        return number

    def keep_event(self, kind: str, words: str, moment: Moment) -> None:
        """Keep that something happened to the device.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        self._insert(
            "events",
            {
                "at": _as_text(moment.utc),
                "certainty": "certain" if moment.certain else "uncertain",
                "uptime": moment.uptime,
                "boot": moment.boot,
                "kind": kind,
                "words": words,
            },
        )

    def mend_times(self, moment: Moment) -> int:
        """Put right the uncertain times of this start of the board, now that the time is known.

        Args:
            moment: a certain one.

        Returns:
            How many records that were.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        mended = 0
        with self._writing():
            for table, column in (("records", "taken_at"), ("events", "at")):
                rows = self._database.execute(
                    f"SELECT id, uptime FROM {table} WHERE boot = ? AND certainty = 'uncertain'",
                    (moment.boot,),
                ).fetchall()
                self._database.executemany(
                    f"UPDATE {table} SET {column} = ?, certainty = 'mended' WHERE id = ?",
                    [(_as_text(moment.utc_at(row["uptime"])), row["id"]) for row in rows],
                )
                mended += len(rows) if table == "records" else 0
        return mended

    def thin_pictures(self, number: int) -> int:
        """Delete pictures of deleted records, then every second of the oldest that nobody touched.

        Of what is older more is gone, and something of every time stays; nothing that a person
        corrected or noted. The records stay all.

        Args:
            number: how many pictures at most.

        Returns:
            How many pictures that were.

        Raises:
            OSError: the disk cannot be written.
        """
        rows = _oldest_pictures(self._database, number)
        # The pictures first: on a full disk there is no room to write that they are gone. Killed in
        # between, records name pictures that are not there, and the next thinning finds them.
        for row in rows:
            delete_picture(self.folder, row["picture"])
        with self._writing():
            self._database.executemany(
                "UPDATE records SET picture = NULL WHERE id = ?", [(row["id"],) for row in rows]
            )
        return len(rows)

    def events(self, limit: int | None = None) -> Iterator[Event]:
        """Yield what happened to the device, the newest first."""
        cursor = self._database.execute(
            "SELECT * FROM events ORDER BY id DESC LIMIT ?", [-1 if limit is None else limit]
        )
        for row in cursor:
            yield _event(row)

    def verdict(self, inspection: int) -> str | None:
        """What the leaves of an inspection said together, as JSON; None if there is none."""
        row = self._database.execute(
            "SELECT verdict FROM inspections WHERE id = ?", (inspection,)
        ).fetchone()
        return row["verdict"] if row else None

    def records(
        self, wanted: Wanted = Wanted(), limit: int | None = None, before: int | None = None
    ) -> Iterator[Record]:
        """Yield records, the newest first; memory stays flat however many there are.

        The newest is the last that was kept: clocks may have run back.

        Args:
            before: only those with a smaller id: what follows the last of a page.
        """
        where, values = _conditions(wanted, before)
        if limit is None:
            cursor = self._database.execute(
                f"SELECT * FROM records{where} ORDER BY id DESC", values
            )
        else:
            # Those of a page are found in an index, before any row is read.
            cursor = self._database.execute(
                f"SELECT * FROM records WHERE id IN "
                f"(SELECT id FROM records{where} ORDER BY id DESC LIMIT ?) ORDER BY id DESC",
                [*values, limit],
            )
        return map(_record, cursor)

    def record(self, number: int) -> Record:
        """One of them.

        Raises:
            NoRecordError: there is none of that number, or it was deleted.
        """
        row = self._database.execute(
            "SELECT * FROM records WHERE id = ? AND deleted IS NULL", (number,)
        ).fetchone()
        if row is None:
            raise NoRecordError(number)
        return _record(row)

    def leaves(self, inspection: int) -> Iterator[Record]:
        """Yield the records of an inspection's leaves, in the order in which they were kept."""
        cursor = self._database.execute(
            "SELECT * FROM records WHERE inspection = ? AND deleted IS NULL ORDER BY id",
            (inspection,),
        )
        return map(_record, cursor)

    def placed(self, limit: int) -> Iterator[Record]:
        """Yield records whose place is known, the newest first."""
        cursor = self._database.execute(
            "SELECT * FROM records WHERE id IN (SELECT id FROM records WHERE place IS NOT NULL "
            "AND deleted IS NULL ORDER BY +id DESC LIMIT ?) ORDER BY id DESC",
            (limit,),
        )
        return map(_record, cursor)

    def following(self, number: int, wanted: Wanted = Wanted()) -> Iterator[Record]:
        """Yield records with an id above `number`, in the order in which they were kept."""
        where, values = _conditions(wanted)
        cursor = self._database.execute(
            f"SELECT * FROM records{where} AND id > ? ORDER BY id", [*values, number]
        )
        return map(_record, cursor)

    def changes_following(self, number: int, most: int) -> Iterator[tuple[int, int, Record | None]]:
        """Yield changes above `number`: the change's number, its record's, the record as it is now.

        Of each record there is the last change alone. A record that was deleted is None.

        Args:
            most: what changed of records with a higher id is left out, unless they were deleted.
        """
        cursor = self._database.execute(
            "SELECT changes.id AS change, changes.record AS changed, gone, records.* FROM changes "
            "LEFT JOIN records ON records.id = changes.record WHERE changes.id > ? "
            "AND (gone OR changes.record <= ?) AND (gone OR records.id IS NOT NULL) "
            "ORDER BY changes.id",
            [number, most],
        )
        for row in cursor:
            yield row["change"], row["changed"], None if row["gone"] else _record(row)

    def verdicts_following(self, number: int) -> Iterator[tuple[int, str, list[int]]]:
        """Yield the inspections above `number`: number, verdict as JSON, ids of its records."""
        cursor = self._database.execute(
            "SELECT * FROM inspections WHERE id > ? ORDER BY id", [number]
        )
        for row in cursor:
            records = self._database.execute(
                "SELECT id FROM records WHERE inspection = ? ORDER BY id", [row["id"]]
            )
            yield row["id"], row["verdict"], [record for (record,) in records]

    def events_following(self, number: int) -> Iterator[tuple[int, Event]]:
        """Yield what happened to the device, with ids above `number`, in that order."""
        for row in self._database.execute(
            "SELECT * FROM events WHERE id > ? ORDER BY id", [number]
        ):
            yield row["id"], _event(row)

    def last_ids(self) -> Mapping[str, int]:
        """The highest id that each table ever gave, of one moment; 0 of one without rows."""
        return defaultdict(int, self._database.execute("SELECT name, seq FROM sqlite_sequence"))

    def count(self, wanted: Wanted = Wanted()) -> int:
        """How many there are."""
        where, values = _conditions(wanted)
        (number,) = self._database.execute(
            f"SELECT count(*) FROM records{where}", values
        ).fetchone()
        return int(number)

    def counts(self, wanted: Wanted = Wanted()) -> list[Counted]:
        """How many there are of each class and decision, the most first."""
        where, values = _conditions(wanted)
        rows = self._database.execute(
            f"SELECT named, kind, count(*) FROM records{where} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
            values,
        )
        return [Counted(*row) for row in rows]

    def newest_moment(self, until: datetime | None = None) -> datetime | None:
        """The latest time of a record, by the clock, before `until`; None where there is none."""
        where, values = _conditions(Wanted(until=until))
        (moment,) = self._database.execute(
            f"SELECT max(taken_at) FROM records{where}", values
        ).fetchone()
        return datetime.fromisoformat(moment) if moment else None

    def correct(self, number: int, label: str | None) -> None:
        """Say what a record shows.

        Args:
            label: the class; None takes a correction back.

        Raises:
            NoRecordError: there is no such record.
            OSError: the disk is full, or cannot be written.
        """
        self._change(
            number,
            "corrected = ?1, named = coalesce(?1, label), kind = coalesce(?3, decision)",
            label,
            None if label is None else kind_named(label),
        )

    def note(self, number: int, words: str) -> None:
        """Put a person's words to a record, in the place of those that it has.

        Raises:
            NoRecordError: there is no such record.
            OSError: the disk is full, or cannot be written.
        """
        self._change(number, "note = ?1", words)

    def delete(self, number: int, moment: datetime) -> None:
        """Have a record appear nowhere any more; it can be restored until it is purged.

        Raises:
            NoRecordError: there is no such record.
            OSError: the disk is full, or cannot be written.
        """
        self._change(number, "deleted = ?1", _as_text(moment))

    def restore(self, number: int) -> None:
        """Undo that a record was deleted; nothing changes where it was not.

        Raises:
            NoRecordError: there is no such record, or it was purged.
            OSError: the disk is full, or cannot be written.
        """
        with self._writing():
            changed = self._database.execute(
                "UPDATE records SET deleted = NULL WHERE id = ?", (number,)
            )
        if changed.rowcount == 0:
            raise NoRecordError(number)

    def purge(self, before: datetime) -> int:
        """Remove for good what was deleted before a moment, with its pictures.

        Returns:
            How many records that were.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        rows = self._database.execute(
            "SELECT id, picture FROM records WHERE deleted < ?", (_as_text(before),)
        ).fetchall()
        with self._writing():
            self._database.executemany(
                "DELETE FROM records WHERE id = ?", [(row["id"],) for row in rows]
            )
        for row in rows:
            delete_picture(self.folder, row["picture"])
        return len(rows)

    def labels(self) -> list[str]:
        """The classes that records have, as corrected or else as decided, sorted."""
        rows = self._database.execute(
            "SELECT DISTINCT named FROM records WHERE deleted IS NULL ORDER BY 1"
        )
        return [label for (label,) in rows]

    def _change(self, number: int, change: str, value: str | None, *more: str | None) -> None:
        with self._writing():
            changed = self._database.execute(
                f"UPDATE records SET {change} WHERE id = ?2 AND deleted IS NULL",
                (value, number, *more),
            )
        if changed.rowcount == 0:
            raise NoRecordError(number)

    def _insert(self, table: str, values: Mapping[str, object]) -> int:
        with self._writing():
            return self._added(table, values)

    def _added(self, table: str, values: Mapping[str, object]) -> int:
        added = self._database.execute(
            f"INSERT INTO {table} ({', '.join(values)}) "
            f"VALUES ({', '.join(f':{key}' for key in values)})",
            values,
        )
        assert added.lastrowid
        return added.lastrowid

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction whose faults are the disk's."""
        try:
            with self._database:
                yield
        except sqlite3.OperationalError as error:
            fault = self._disk_fault or fault_of(error, self.folder)
            raise OSError(fault or str(error)) from error


def make_room(folder: Path, number: int) -> int:
    """Delete pictures as `thin_pictures` does where a full disk lets nobody open the store.

    Their records go on naming them, and the next thinning finds these first.

    Returns:
        How many pictures that were; none where the database cannot be read.
    """
    try:
        with closing(read_without_room(folder)) as database:
            names = [row["picture"] for row in _oldest_pictures(database, number)]
    except (sqlite3.Error, UserError):
        return 0
    there = [name for name in names if picture_file(folder, name)]
    for name in there:
        delete_picture(folder, name)
    return len(there)


def _oldest_pictures(database: sqlite3.Connection, number: int) -> list[sqlite3.Row]:
    """At most so many rows whose pictures may go: those of deleted records come first."""
    deleted: list[sqlite3.Row] = database.execute(
        # In the order of their ids SQLite would look through all rows for those few; the plus has
        # them found in their index (https://www.sqlite.org/optoverview.html#uplus).
        "SELECT id, picture FROM records WHERE picture IS NOT NULL AND deleted IS NOT NULL "
        "ORDER BY +id LIMIT ?",
        (number,),
    ).fetchall()
    others = database.execute(
        "SELECT id, picture FROM records INDEXED BY records_pictured "
        "WHERE picture IS NOT NULL AND deleted IS NULL AND corrected IS NULL AND note = '' "
        "ORDER BY id LIMIT ?",
        (2 * (number - len(deleted)),),
    ).fetchall()
    return deleted + others[1::2]


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is: another disk may have one of the same number."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


_CORRECTED = "(SELECT id FROM records WHERE corrected IS NOT NULL)"


def _conditions(wanted: Wanted, before: int | None = None) -> tuple[str, list[str | int]]:
    """The WHERE clause, never empty, and its values."""
    crop = None if wanted.crop is None else wanted.crop + SEPARATOR
    # A plus keeps SQLite from an index by that column: a span of time finds fewer than a class, and
    # a class fewer than what is older (https://www.sqlite.org/optoverview.html#uplus).
    by_time = "+" if wanted.since and wanted.until else ""
    by_name = "+" if wanted.label is not None or crop else ""
    tests: list[tuple[str, str | int | None]] = [
        ("taken_at >= ?", _as_text(wanted.since) if wanted.since else None),
        ("taken_at < ?", _as_text(wanted.until) if wanted.until else None),
        (f"{by_name}kind = ?", wanted.decision),
        (f"{by_time}named = ?", wanted.label),
        # As an index has it: all texts that begin so.
        (f"{by_time}named >= ?", crop),
        (f"{by_time}named < ?", crop and crop[:-1] + chr(ord(crop[-1]) + 1)),
        (f"{by_name}id < ?", before),
    ]
    conditions = ["deleted IS NOT NULL" if wanted.deleted else "deleted IS NULL"]
    conditions += [test for test, value in tests if value is not None]
    if wanted.corrected is not None:
        # Those that were corrected are few, and in an index; whether a row is of them is found
        # without a look at the row.
        conditions.append(f"id {'' if wanted.corrected else 'NOT '}IN {_CORRECTED}")
    values = [value for _, value in tests if value is not None]
    return f" WHERE {' AND '.join(conditions)}", values


def _as_text(moment: datetime) -> str:
    """In UTC with microseconds, so that texts sort as their moments do."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def _event(row: sqlite3.Row) -> Event:
    return Event(datetime.fromisoformat(row["at"]), row["certainty"], row["kind"], row["words"])


def _record(row: sqlite3.Row) -> Record:
    return Record(
        id=row["id"],
        taken_at=datetime.fromisoformat(row["taken_at"]),
        certainty=row["certainty"],
        uptime=row["uptime"],
        boot=row["boot"],
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
            shown=json.loads(row["shown"]) if row["shown"] else None,
        ),
        model=row["model"],
        picture=row["picture"],
        place=_place(row),
        corrected=row["corrected"],
        note=row["note"],
        inspection=row["inspection"],
        deleted=datetime.fromisoformat(row["deleted"]) if row["deleted"] else None,
    )


def _place(row: sqlite3.Row) -> Place | None:
    if row["place"] is None:
        return None
    return Place(row["latitude"], row["longitude"], row["place"], row["accuracy"])
