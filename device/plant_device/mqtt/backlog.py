"""What is in the store beyond the outbox's cursors, as messages, a page at a time."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from plant_device.mqtt.messages import EventEntry, Kept, Stream, VerdictOfLeaves, cut
from plant_device.mqtt.outbox import Outbox
from plant_device.store.export.lines import RecordLine, record_line
from plant_device.store.record import Record
from plant_device.store.store import Store

_TABLES: Mapping[Stream, str] = {
    "record": "records",
    "verdict": "inspections",
    "event": "events",
    "change": "changes",
}
PAGE = 100
"""Rows that are in memory, and that a kill may have sent once more at the next start."""


def last_ids(store: Store) -> dict[Stream, int]:
    """The highest id that the store has given in each stream, of one moment."""
    given = store.last_ids()
    return {stream: given[table] for stream, table in _TABLES.items()}


def next_page(
    store: Store, outbox: Outbox, device: str, stream: Stream, end: int, say: Callable[[str], None]
) -> list[Kept]:
    """The next rows of a stream that were not sent, in their order, at most `PAGE`.

    An empty page has moved the cursor, over rows that are gone, or over one that cannot be read.

    Args:
        end: the last id that is looked at.
        say: told of what cannot be read.
    """
    page: list[Kept] = []
    cursor = outbox[stream]
    try:
        for number, content in islice(_ROWS[stream](store, outbox), PAGE):
            if number > end:
                break
            message = Kept(
                message=f"{device}/{outbox.series}/{stream}/{number}",
                device=device,
                series=outbox.series,
                id=number,
                after=page[-1].id if page else cursor.sent,
                **content,
            )
            page.append(message)
    except ValueError as error:
        if not page:
            say(f"the {stream} after {cursor.passed} cannot be read, and is not sent: {error}")
            outbox.pass_over(stream, cursor.passed + 1)
        return page
    if not page:
        outbox.pass_over(stream, end)
    return page


_Rows = Iterator[tuple[int, dict[str, Any]]]


def _records(store: Store, outbox: Outbox) -> _Rows:
    for record in store.following(outbox["record"].passed):
        yield record.id, {"record": _line(record)}


def _line(record: Record) -> RecordLine:
    return cut(record_line(record), "path", "reason", "note")


def _verdicts(store: Store, outbox: Outbox) -> _Rows:
    for number, verdict, records in store.verdicts_following(outbox["verdict"].passed):
        told = json.loads(verdict)["verdict"]
        yield number, {"verdict": VerdictOfLeaves(verdict=told, records=records)}


def _events(store: Store, outbox: Outbox) -> _Rows:
    for number, event in store.events_following(outbox["event"].passed):
        entry = EventEntry(
            at=event.at.isoformat(timespec="milliseconds"),
            certainty=event.certainty,
            kind=event.kind,
            words=event.words,
        )
        yield number, {"event": cut(entry, "words")}


def _changes(store: Store, outbox: Outbox) -> _Rows:
    # A record that was sent since says by itself what had changed of it; a deleted one says
    # nothing, and may have been sent before the outbox was lost.
    changes = store.changes_following(outbox["change"].passed, outbox.settled)
    for number, changed, record in changes:
        yield number, {"record": _line(record)} if record else {"deleted": changed}


_ROWS: Mapping[Stream, Callable[[Store, Outbox], _Rows]] = {
    "record": _records,
    "verdict": _verdicts,
    "event": _events,
    "change": _changes,
}
