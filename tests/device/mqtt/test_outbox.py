import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kept import LINE, MOMENT, fill

from plant_device.contract.errors import UserError
from plant_device.mqtt.backlog import PAGE, last_ids, next_page
from plant_device.mqtt.messages import MOST_BYTES, Kept, Stream
from plant_device.mqtt.outbox import NAME, SERIES, STREAMS, Cursor, Outbox
from plant_device.store.database import NAME as RECORDS
from plant_device.store.export.lines import record_line
from plant_device.store.store import Store


def _nothing_to_say(words: str) -> None:
    raise AssertionError(words)


def _outbox(folder: Path, broker: str = "farm/plant-edge/barn") -> Outbox:
    return Outbox(folder, broker, _nothing_to_say)


def _page(folder: Path, outbox: Outbox, stream: Stream = "record") -> list[Kept]:
    with Store(folder) as store:
        return next_page(store, outbox, "barn", stream, last_ids(store)[stream], _nothing_to_say)


def test_a_cursor_is_kept_for_each_broker_and_stream(store: Path) -> None:
    with closing(_outbox(store)) as outbox:
        outbox.advance("record", 2)
        outbox.advance("event", 5)
    with closing(_outbox(store)) as again:
        assert [again[stream] for stream in ("record", "verdict")] == [Cursor(2, 2), Cursor()]
        assert again["event"] == Cursor(5, 5)
        assert again.series == outbox.series
    with closing(_outbox(store, "other/plant-edge/barn")) as other:
        assert [other[stream] for stream in STREAMS] == [Cursor()] * 4
        assert other.series == outbox.series


def test_a_message_holds_its_records_line_and_names_the_one_before(store: Path) -> None:
    with closing(_outbox(store)) as outbox, Store(store) as opened:
        outbox.advance("record", 1)
        second, third = _page(store, outbox)
        lines = {record.id: record_line(record) for record in opened.records()}
        assert (second.record, third.record) == (lines[2], lines[3])
        assert [(second.id, second.after), (third.id, third.after)] == [(2, 1), (3, 2)]
        assert second.message == f"barn/{outbox.series}/record/2"


def test_verdicts_and_events_are_told_with_what_belongs_to_them(store: Path) -> None:
    with Store(store) as opened:
        opened.keep_verdict('{"verdict": {"decision": "healthy", "leaves": 2}}', [1, 3])
        opened.keep_event("camera", "lost", MOMENT)
    with closing(_outbox(store)) as outbox:
        (verdict,), (event,) = _page(store, outbox, "verdict"), _page(store, outbox, "event")
    assert verdict.verdict
    assert verdict.verdict.verdict == {"decision": "healthy", "leaves": 2}
    assert verdict.verdict.records == [1, 3]
    assert event.event
    assert (event.event.kind, event.event.words) == ("camera", "lost")
    assert event.event.at == "2026-06-01T12:00:00.000+00:00"


def test_pages_are_bounded_in_rows_and_messages_in_bytes(store: Path) -> None:
    fill(store, 5 * PAGE)
    with Store(store) as opened:
        opened.note(1, "ä" * 10**6)
        opened.keep_event("camera", "x" * 10**6, MOMENT)
    with closing(_outbox(store)) as outbox:
        page = _page(store, outbox)
        assert [message.id for message in page] == list(range(1, PAGE + 1))
        for message in [*page, *_page(store, outbox, "event")]:
            assert len(message.json_bytes()) < MOST_BYTES
    assert page[0].record
    assert page[0].record.note == "ä" * 999 + "…"


def test_what_is_asked_for_again_is_sent_again_and_nothing_is_skipped(store: Path) -> None:
    with closing(_outbox(store)) as outbox:
        outbox.advance("record", 3)
        assert _page(store, outbox) == []
        outbox.rewind("record", 1)
        assert [message.id for message in _page(store, outbox)] == [2, 3]
        outbox.rewind("record", 3)
        assert outbox["record"] == Cursor(1, 1)


def test_what_changes_of_a_sent_record_is_a_message_with_all_of_it(store: Path) -> None:
    with closing(_outbox(store)) as outbox, Store(store) as opened:
        outbox.advance("record", 3)
        outbox.settle(last_ids(opened))
        opened.correct(2, "Apple___scab")
        opened.note(2, "look again")
        opened.delete(1, MOMENT.utc)
        corrected, deleted = _page(store, outbox, "change")
        assert corrected.record == record_line(opened.record(2))
        assert (corrected.id, corrected.after, corrected.deleted) == (2, 0, None)
        assert corrected.message == f"barn/{outbox.series}/change/2"
        assert (deleted.id, deleted.after, deleted.deleted, deleted.record) == (3, 2, 1, None)
        outbox.advance("change", 3)
        outbox.rewind("change", 2)
        assert _page(store, outbox, "change") == [deleted]


def test_what_changes_of_a_record_that_is_still_to_be_sent_is_sent_with_it(store: Path) -> None:
    with closing(_outbox(store)) as outbox, Store(store) as opened:
        outbox.advance("record", 1)
        opened.correct(2, "Apple___scab")
        # It may have been sent before the outbox was lost.
        opened.delete(3, MOMENT.utc)
        outbox.settle(last_ids(opened))
        (second,) = _page(store, outbox)
        assert second.record == record_line(opened.record(2))
        outbox.advance("record", 2)
        (deleted,) = _page(store, outbox, "change")
        assert deleted.deleted == 3


def test_rows_that_are_gone_are_passed_over(store: Path) -> None:
    with closing(sqlite3.connect(store / RECORDS)) as database, database:
        database.execute("DELETE FROM records WHERE id > 1")
    with closing(_outbox(store)) as outbox:
        assert [message.id for message in _page(store, outbox)] == [1]
        outbox.advance("record", 1)
        assert _page(store, outbox) == []
        assert outbox["record"] == Cursor(passed=3, sent=1)
        with Store(store) as opened:
            opened.keep(None, LINE, "a" * 64, MOMENT)
        (fourth,) = _page(store, outbox)
        # The one before it that was sent: nobody misses those between.
        assert (fourth.id, fourth.after) == (4, 1)


def test_a_row_that_cannot_be_read_is_told_and_left_out(store: Path) -> None:
    with closing(sqlite3.connect(store / RECORDS)) as database, database:
        database.execute("UPDATE records SET top = '{' WHERE id = 2")
    said: list[str] = []
    with closing(_outbox(store)) as outbox, Store(store) as opened:
        sent = []
        while outbox["record"].passed < 3:
            page = next_page(opened, outbox, "barn", "record", 3, said.append)
            sent += [(message.id, message.after) for message in page]
            if page:
                outbox.advance("record", page[-1].id)
    assert sent == [(1, 0), (3, 1)]
    (words,) = said
    assert words.startswith("the record after 1 cannot be read, and is not sent: ")


def test_a_store_that_counts_anew_is_another_series(store: Path) -> None:
    with closing(_outbox(store)) as outbox:
        outbox.advance("record", 3)
        outbox.settle({"record": 3, "change": 0, "verdict": 0, "event": 0})
        former = outbox.series
        outbox.settle({"record": 1, "change": 0, "verdict": 0, "event": 0})
        assert outbox.series != former
        assert [(m.id, m.after) for m in _page(store, outbox)] == [(2, 0), (3, 2)]
    with closing(_outbox(store)) as again:
        assert again.series == outbox.series


def test_a_damaged_outbox_begins_anew_under_the_same_names(store: Path) -> None:
    with closing(_outbox(store)) as outbox:
        outbox.advance("record", 3)
    (store / NAME).write_bytes(b"no database" * 1000)
    said: list[str] = []
    with closing(Outbox(store, "farm/plant-edge/barn", said.append)) as again:
        assert again["record"] == Cursor()
        assert again.series == outbox.series
    assert said == [
        "outbox.db is damaged (file is not a database): all records are sent again, each by its "
        "old name"
    ]


def test_a_full_disk_stops_nothing(small_disk: Path) -> None:
    with Store(small_disk / "store") as store:
        store.keep(None, LINE, "a" * 64, MOMENT)
        said: list[str] = []
        outbox = Outbox(small_disk / "store", "farm", said.append)
        with pytest.raises(OSError, match="space"):
            (small_disk / "rest").write_bytes(bytes(2 << 20))
        for number in range(1, 2000):
            outbox.advance("record", number)
        assert outbox["record"] == Cursor(1999, 1999)
        outbox.close()
    (words,) = said
    assert words.startswith("how far the outbox is cannot be kept (")


def test_a_store_that_cannot_be_written_is_told_in_a_line(store: Path) -> None:
    (store / SERIES).mkdir()
    with pytest.raises(UserError, match="expected a store in which the outbox can be written"):
        _outbox(store)
