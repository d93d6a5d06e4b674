"""How far the store's rows have been sent, in a small database beside it.

The store's own rows are the outbox: they are never changed by being sent, and their ids count up.
What changes of a record is a row too, in the table of changes. A cursor for each broker and stream
says up to which one they were looked at, and which was the last that the broker has taken: rows
that are gone lie between. It is written without waiting for the disk: what a power cut takes of it
is sent again under the same names, nothing is left out.
"""

import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from plant_device.contract.atomic import write_atomically
from plant_device.contract.errors import UserError
from plant_device.mqtt.messages import Stream

NAME = "outbox.db"
SERIES = "series"
STREAMS: tuple[Stream, ...] = get_args(Stream)
_TABLE = """
CREATE TABLE IF NOT EXISTS cursors (
  broker TEXT NOT NULL,
  stream TEXT NOT NULL,
  passed INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (broker, stream)
) STRICT
"""


@dataclass(frozen=True)
class Cursor:
    """Up to which id a stream was looked through, and the last one that was sent."""

    passed: int = 0
    sent: int = 0


class Outbox:
    """The cursors of one broker.

    Attributes:
        series: the name of this store's rows. Another one is taken where the store counts anew, as
            after it was deleted, or lost its last rows: an id then is another row's.
        settled: up to which record was sent when it was last settled. Later ones were sent with all
            that had changed of them by then.
    """

    def __init__(self, folder: Path, broker: str, say: Callable[[str], None]) -> None:
        """Open the outbox of the store in `folder`.

        Args:
            say: told of what a person should know.

        Raises:
            UserError: it cannot be written.
        """
        self._folder = folder
        self._broker = broker
        self._say = say
        self._told = False
        try:
            self._database = _opened(folder / NAME, say)
            self._cursors: dict[Stream, Cursor] = dict.fromkeys(STREAMS, Cursor()) | {
                stream: Cursor(passed, sent)
                for stream, passed, sent in self._database.execute(
                    "SELECT stream, passed, sent FROM cursors WHERE broker = ?", [broker]
                )
            }
            self.series = _series(folder / SERIES)
            self.settled = self["record"].passed
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"expected a store in which the outbox can be written: {folder} ({error})"
            ) from None

    def __getitem__(self, stream: Stream) -> Cursor:
        """How far a stream has been sent."""
        return self._cursors[stream]

    def advance(self, stream: Stream, number: int) -> None:
        """The broker has taken all rows up to this one."""
        self._move(stream, Cursor(number, number))

    def pass_over(self, stream: Stream, number: int) -> None:
        """Up to this one there is nothing that could be sent."""
        self._move(stream, Cursor(number, self[stream].sent))

    def rewind(self, stream: Stream, number: int) -> None:
        """Send all rows after this one again, if they were sent."""
        if number < self[stream].sent:
            self._move(stream, Cursor(number, number))

    def settle(self, last: Mapping[Stream, int]) -> None:
        """Get ready to send all up to these; under another series if more was sent than there is.

        Args:
            last: the highest id that the store has given in each stream.

        Raises:
            OSError: the series cannot be written.
        """
        if any(self[stream].passed > last[stream] for stream in STREAMS):
            # Before the cursors: killed in between, the next start comes here again.
            self.series = _new_series(self._folder / SERIES)
            for stream in STREAMS:
                self._move(stream, Cursor(min(self[stream].passed, last[stream]), 0))
        self.settled = self["record"].passed

    def _move(self, stream: Stream, cursor: Cursor) -> None:
        self._cursors[stream] = cursor
        try:
            with self._database:
                self._database.execute(
                    "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)",
                    [self._broker, stream, cursor.passed, cursor.sent],
                )
        except sqlite3.Error as error:
            # Goes on by what is in memory; after a new start some rows are sent once more.
            if not self._told:
                self._told = True
                self._say(f"how far the outbox is cannot be kept ({error}); sending goes on")

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _opened(path: Path, say: Callable[[str], None]) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        say(f"{path.name} is damaged ({error}): all records are sent again, each by its old name")
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        connection.execute("SELECT * FROM cursors").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _series(path: Path) -> str:
    try:
        return path.read_text().strip() or _new_series(path)
    except (FileNotFoundError, UnicodeDecodeError):
        return _new_series(path)


def _new_series(path: Path) -> str:
    name = secrets.token_hex(4)
    write_atomically(path, name)
    return name
