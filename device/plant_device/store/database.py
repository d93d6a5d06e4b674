"""The store's SQLite database: opened, checked, and salvaged where it is damaged.

WAL with `synchronous=FULL`: with NORMAL a power cut loses acknowledged rows
(https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path

from plant_device.classify.decision import kind_named
from plant_device.contract.errors import UserError
from plant_device.store.disk import DiskFaultError, fault_of
from plant_device.store.pictures import FOLDER as PICTURES

NAME = "records.db"
# Each step makes of a database of the version before one of its own, the first of an empty one.
_STEPS = (
    """
CREATE TABLE records (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  taken_at TEXT NOT NULL,
  source TEXT NOT NULL,
  frame INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('disease', 'healthy', 'unsure', 'not_leaf')),
  cause TEXT NOT NULL,
  reason TEXT NOT NULL,
  label TEXT NOT NULL,
  probability REAL NOT NULL,
  top TEXT NOT NULL,
  energy REAL NOT NULL,
  quality TEXT,
  ms REAL NOT NULL,
  model TEXT NOT NULL,
  picture TEXT UNIQUE,
  corrected TEXT,
  note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX records_taken_at ON records (taken_at);
CREATE INDEX records_decision ON records (decision, label);
""",
    """
ALTER TABLE records ADD COLUMN shown TEXT;
ALTER TABLE records ADD COLUMN boot TEXT;
ALTER TABLE records ADD COLUMN uptime REAL;
ALTER TABLE records ADD COLUMN certainty TEXT NOT NULL DEFAULT 'uncertain'
  CHECK (certainty IN ('certain', 'uncertain', 'mended'));
ALTER TABLE records ADD COLUMN latitude REAL;
ALTER TABLE records ADD COLUMN longitude REAL;
ALTER TABLE records ADD COLUMN accuracy REAL;
ALTER TABLE records ADD COLUMN place TEXT;
CREATE TABLE inspections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  verdict TEXT NOT NULL
) STRICT;
ALTER TABLE records ADD COLUMN inspection INTEGER REFERENCES inspections (id);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  boot TEXT NOT NULL,
  uptime REAL NOT NULL,
  certainty TEXT NOT NULL CHECK (certainty IN ('certain', 'uncertain', 'mended')),
  kind TEXT NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX records_uncertain ON records (boot) WHERE certainty = 'uncertain';
CREATE INDEX records_corrected ON records (corrected) WHERE corrected IS NOT NULL;
CREATE INDEX records_inspection ON records (inspection) WHERE inspection IS NOT NULL;
""",
    # What is listed and counted is found in an index alone, and not among rows of a kilobyte each;
    # for that `named` is a column: what corrected and label come to.
    """
ALTER TABLE records ADD COLUMN deleted TEXT;
ALTER TABLE records ADD COLUMN named TEXT NOT NULL DEFAULT '';
UPDATE records SET named = coalesce(corrected, label);
DROP INDEX records_taken_at;
DROP INDEX records_decision;
CREATE INDEX records_moment ON records (taken_at, decision, named, deleted);
CREATE INDEX records_decision ON records (decision, deleted);
CREATE INDEX records_named ON records (named, decision, taken_at, deleted);
CREATE INDEX records_placed ON records (place, deleted) WHERE place IS NOT NULL;
CREATE INDEX records_deleted ON records (deleted) WHERE deleted IS NOT NULL;
""",
    # On a full disk the oldest pictures are asked for with each new one, behind any number of
    # records that have none any more.
    """
CREATE INDEX records_pictured ON records (id) WHERE picture IS NOT NULL AND deleted IS NULL;
""",
    # The last change of each record, in their order: what a reader goes on from who has the records
    # already. What was deleted stays named when its record is purged.
    """
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  record INTEGER NOT NULL UNIQUE,
  gone INTEGER NOT NULL CHECK (gone IN (0, 1))
) STRICT;
CREATE TRIGGER records_changed
AFTER UPDATE OF taken_at, certainty, corrected, note, inspection, deleted ON records
WHEN (OLD.taken_at, OLD.certainty, OLD.corrected, OLD.note, OLD.inspection, OLD.deleted)
  IS NOT (NEW.taken_at, NEW.certainty, NEW.corrected, NEW.note, NEW.inspection, NEW.deleted)
BEGIN
  INSERT OR REPLACE INTO changes (record, gone) VALUES (NEW.id, NEW.deleted IS NOT NULL);
END;
INSERT INTO changes (record, gone) SELECT id, deleted IS NOT NULL FROM records
WHERE corrected IS NOT NULL OR note <> '' OR deleted IS NOT NULL OR certainty = 'mended'
ORDER BY id;
""",
    # As `named` is for the label, `kind` is for the decision: what corrected and decision come to.
    """
ALTER TABLE records ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE records SET kind = CASE WHEN corrected IS NULL THEN decision ELSE kind_named(corrected) END;
DROP INDEX records_moment;
DROP INDEX records_decision;
DROP INDEX records_named;
CREATE INDEX records_moment ON records (taken_at, kind, named, deleted);
CREATE INDEX records_kind ON records (kind, deleted);
CREATE INDEX records_named ON records (named, kind, taken_at, deleted);
""",
)
SCHEMA_VERSION = len(_STEPS)
# Those that others refer to first.
_TABLES = ("inspections", "records", "events", "changes")
_BUSY_SECONDS = 10.0
# How many rows in a row may be unreadable until the rest is given up, where their end is not known.
_GAP = 10_000

_MAGIC = b"SQLite format 3\0"
_HEAD_BYTES = 100
_PAGES = slice(28, 32)
_DAMAGE = ("malformed", "not a database", "disk image")


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the store's database, made anew if there is none.

    Raises:
        DiskFaultError: the disk takes nothing.
        UserError: the folder cannot be written, the database is damaged, or a newer program made
            it.
    """
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
        with _closed_on_fault(connection):
            version = _brought_up(connection)
    except (OSError, sqlite3.OperationalError) as error:
        raise _not_written(folder, error) from None
    except sqlite3.DatabaseError as error:
        raise damaged(folder, error) from None
    return _known(connection, path, version)


def read_database(folder: Path) -> sqlite3.Connection:
    """Open the store's database to be read, where its disk takes nothing more.

    Raises:
        UserError: it was not closed in order, so that it cannot be read as it is; or an older or
            newer program made it.
    """
    path = folder / NAME
    log = path.with_name(f"{NAME}-wal")
    if log.exists() and log.stat().st_size:
        raise UserError(
            f"the records in {folder} were not closed in order, and their disk takes nothing: make "
            "room on it, or copy the folder elsewhere"
        )
    # https://www.sqlite.org/wal.html#read_only_databases
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    version = _version(connection)
    if version < SCHEMA_VERSION:
        connection.close()
        raise UserError(
            f"the records in {folder} are of an older program, and their disk takes nothing: copy "
            "the folder elsewhere"
        )
    return _known(connection, path, version)


def read_without_room(folder: Path) -> sqlite3.Connection:
    """Open the store's database to be read on a disk that has no room for its log's index.

    Nobody else may have it open (https://www.sqlite.org/wal.html, "Use of WAL Without
    Shared-Memory"). What is in the log is read too.

    Raises:
        sqlite3.Error: it cannot be read.
        UserError: an older or newer program made it.
    """
    path = folder / NAME
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
    connection.row_factory = sqlite3.Row
    with _closed_on_fault(connection):
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        version = _version(connection)
    if version < SCHEMA_VERSION:
        connection.close()
        raise UserError(f"{path} is of an older program: to bring it up takes room")
    return _known(connection, path, version)


def _known(connection: sqlite3.Connection, path: Path, version: int) -> sqlite3.Connection:
    if version > SCHEMA_VERSION:
        connection.close()
        raise UserError(
            f"{path} is of version {version}, this program knows up to {SCHEMA_VERSION}: update "
            "plant-edge on this device"
        )
    return connection


def _not_written(folder: Path, error: OSError | sqlite3.Error) -> UserError:
    fault = fault_of(error, folder)
    if fault:
        return DiskFaultError(folder, fault)
    if folder.exists() and not folder.is_dir():
        return UserError(f"expected a folder for records, received another kind of file: {folder}")
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return UserError(f"expected a folder for records that can be written: {folder} ({reason})")


def damaged(folder: Path, error: sqlite3.DatabaseError) -> UserError:
    """What is told of damage where nobody mends it."""
    return UserError(
        f"the records in {folder} are damaged ({error}): the next `plant-device run --store` sets "
        "them aside and goes on with all that can be read"
    )


def mend_database(folder: Path, say: Callable[[str], None]) -> None:
    """Look all through the store's database, if there is one, and replace a damaged one.

    The damaged one stays beside it, under another name; all of its rows that can be read are in the
    new one. Takes seconds where there are a million records.

    Args:
        say: told of damage.

    Raises:
        DiskFaultError: the disk takes nothing.
        UserError: the folder cannot be written.
    """
    path = folder / NAME
    try:
        if path.exists() and not _is_sound(path):
            _replace(path, say)
    except (OSError, sqlite3.OperationalError) as error:
        raise _not_written(folder, error) from None


@contextmanager
def _closed_on_fault(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        connection.close()
        raise


def _brought_up(connection: sqlite3.Connection) -> int:
    """The database's version, after the steps that an older one lacks: all of them, or none."""
    if _version(connection) < SCHEMA_VERSION:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            connection.create_function("kind_named", 1, kind_named)
            # Another program may have done it meanwhile. Not by a script: that would end the
            # transaction before it begins.
            for step in _STEPS[_version(connection) :]:
                for statement in _statements(step):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return _version(connection)


def _statements(script: str) -> Iterator[str]:
    """Each statement of a script; a trigger has semicolons within."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    connection.row_factory = sqlite3.Row
    with _closed_on_fault(connection):
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
    return connection


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether it is the database's own fault, rather than a disk's or a caller's."""
    return any(word in str(error) for word in _DAMAGE)


def _is_sound(path: Path) -> bool:
    # SQLite takes an empty file for a new database; one with pictures beside it is none.
    if path.stat().st_size == 0 and (path.parent / PICTURES).is_dir():
        return False
    try:
        with closing(_connect(path)) as connection:
            (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return bool(told == "ok")
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise


def _replace(path: Path, say: Callable[[str], None]) -> None:
    """Set a damaged database aside and write a new one of its readable rows.

    A kill in the midst leaves the damaged one in its place, and the next start begins again.
    """
    aside = path.with_name(f"records.damaged-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}.db")
    fresh, copy = path.with_name(f"{NAME}.salvaged"), path.with_name(f"{NAME}.mending")
    _remove(fresh)
    try:
        salvaged = _salvaged(path, fresh, copy)
    except (OSError, sqlite3.Error):
        # What is left over would keep a full disk full.
        _remove(fresh)
        raise
    finally:
        _remove(copy)
    for ending in ("", "-wal", "-shm"):
        former = path.with_name(path.name + ending)
        if former.exists():
            former.rename(aside.with_name(aside.name + ending))
    fresh.rename(path)
    say(
        f"the records' database was damaged: it is kept as {aside.name}, and "
        f"{salvaged} of its records are in a new one"
    )


def _salvaged(path: Path, fresh: Path, copy: Path) -> int:
    """Write a new database of a damaged one's readable rows; how many records these are."""
    with closing(sqlite3.connect(fresh)) as connection:
        _brought_up(connection)
    readable = _readable(path, fresh, copy)
    with closing(sqlite3.connect(fresh)) as connection, connection:
        salvaged = {
            table: sum(_copied(connection, table, row) for row in _readable_rows(readable, table))
            for table in _TABLES
        }
        # Rows of an older program did not have them.
        connection.create_function("kind_named", 1, kind_named)
        connection.execute(
            "UPDATE records SET named = coalesce(corrected, label), "
            "kind = CASE WHEN corrected IS NULL THEN decision ELSE kind_named(corrected) END"
        )
    return salvaged["records"]


def _readable(path: Path, fresh: Path, copy: Path) -> Path:
    """The database, or where SQLite would not open it at all, a copy that it opens.

    It takes a file for none that is shorter than its head says, or whose head is no head
    (https://www.sqlite.org/fileformat2.html#the_database_header). What is missing is filled up, and
    the head of a fresh one put in its place; the pages behind it are what they are.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    whole = head.startswith(_MAGIC)
    length = _page_bytes(head) * int.from_bytes(head[_PAGES], "big") if whole else 0
    if whole and length <= size:
        return path
    _remove(copy)
    for ending in ("", "-wal"):
        if (part := path.with_name(path.name + ending)).exists():
            shutil.copyfile(part, copy.with_name(copy.name + ending))
    with copy.open("r+b") as file:
        if not whole:
            new_head = bytearray(fresh.read_bytes()[:_HEAD_BYTES])
            pages = -(-size // _page_bytes(new_head))
            new_head[_PAGES] = pages.to_bytes(4, "big")
            length = pages * _page_bytes(new_head)
            file.write(new_head)
        file.truncate(max(size, length))
    return copy


def _page_bytes(head: bytes | bytearray) -> int:
    # One stands for 65,536, which does not fit.
    told = int.from_bytes(head[16:18], "big")
    return 1 << 16 if told == 1 else told


def _copied(connection: sqlite3.Connection, table: str, row: sqlite3.Row) -> bool:
    columns, places = ", ".join(row.keys()), ", ".join("?" * len(row))
    try:
        connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row))
    except sqlite3.IntegrityError:
        return False
    return True


def _readable_rows(path: Path, table: str) -> Iterator[sqlite3.Row]:
    """Every row of a damaged database that can be read, each looked up by itself."""
    try:
        with closing(_connect(path)) as connection:
            last = _last_id(connection, table)
            number = missed = 0
            while number < last if last is not None else missed < _GAP:
                number += 1
                row = _row(connection, table, number)
                missed = 0 if row else missed + 1
                if row:
                    yield row
    except sqlite3.DatabaseError as error:
        if fault_of(error, path.parent):
            # Rows that cannot be read today are not rows that nobody can read.
            raise
        return


def _last_id(connection: sqlite3.Connection, table: str) -> int | None:
    try:
        (last,) = connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        ).fetchone()
        return int(last)
    except (sqlite3.DatabaseError, TypeError):
        return None


def _row(connection: sqlite3.Connection, table: str, number: int) -> sqlite3.Row | None:
    try:
        row: sqlite3.Row | None = connection.execute(
            f"SELECT * FROM {table} WHERE id = ?", (number,)
        ).fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError, OverflowError):
        return None
    return row


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
