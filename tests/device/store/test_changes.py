"""What was changed of records, for those who have the records already."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

from kept import LINE, MOMENT, fill
from spoilt_page import spoil_page

from plant_device.store.clock import Moment
from plant_device.store.database import _STEPS, NAME, mend_database
from plant_device.store.store import Store

_EVERY = 1 << 40


def _changes(store: Store, after: int = 0, most: int = _EVERY) -> list[tuple[int, int, bool]]:
    """Number, record's number, whether it is there."""
    changes = store.changes_following(after, most)
    return [(number, changed, record is not None) for number, changed, record in changes]


def _kept(folder: Path, number: int) -> Store:
    store = Store(folder)
    for _ in range(number):
        store.keep(None, LINE, "a" * 64, MOMENT)
    return store


def test_of_each_record_the_last_change_is_told_in_their_order(tmp_path: Path) -> None:
    with _kept(tmp_path, 5) as store:
        assert _changes(store) == []
        store.correct(2, "Apple___scab")
        store.note(1, "look again")
        store.delete(4, MOMENT.utc)
        store.correct(2, None)
        store.keep_verdict("{}", [5])
        assert _changes(store) == [(2, 1, True), (3, 4, False), (4, 2, True), (5, 5, True)]
        assert _changes(store, after=3) == [(4, 2, True), (5, 5, True)]
        assert store.last_ids()["changes"] == 5
        told = {changed: record for _, changed, record in store.changes_following(0, _EVERY)}
        assert told[1] == store.record(1)


def test_what_changes_nothing_is_no_change(tmp_path: Path) -> None:
    with _kept(tmp_path, 2) as store:
        store.correct(1, None)
        store.note(1, "")
        store.restore(2)
        store.thin_pictures(2)
        assert _changes(store) == []


def test_a_time_that_is_put_right_is_a_change(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        wrong = datetime(1970, 1, 1, tzinfo=timezone.utc)
        store.keep(None, LINE, "a" * 64, Moment(wrong, 100, "boot", certain=False))
        store.mend_times(MOMENT)
        assert _changes(store) == [(1, 1, True)]


def test_what_was_deleted_stays_told_after_it_was_purged_and_not_after_it_was_restored(
    tmp_path: Path,
) -> None:
    with _kept(tmp_path, 2) as store:
        store.delete(1, MOMENT.utc)
        store.delete(2, MOMENT.utc)
        store.restore(2)
        assert store.purge(MOMENT.utc + timedelta(days=1)) == 1
        assert _changes(store) == [(1, 1, False), (3, 2, True)]


def test_beyond_a_record_only_deletions_are_told(tmp_path: Path) -> None:
    with _kept(tmp_path, 4) as store:
        for number in range(1, 5):
            store.note(number, "seen")
        store.delete(4, MOMENT.utc)
        assert _changes(store, most=2) == [(1, 1, True), (2, 2, True), (5, 4, False)]


def test_what_was_changed_under_an_older_program_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / NAME)) as database, database:
        database.executescript(f"{''.join(_STEPS[:3])} PRAGMA user_version = 3;")
        database.executemany(
            "INSERT INTO records (taken_at, certainty, source, frame, decision, cause, reason, "
            "label, probability, top, energy, ms, model, corrected, note, deleted) VALUES "
            "('2026-06-01T12:00:00+00:00', ?, 'usb:0', 7, 'healthy', 'clear', '', 'Apple___x', "
            "0.5, '[]', 1.0, 2.0, 'm', ?, ?, ?)",
            [
                ("certain", None, "", None),
                ("certain", "Apple___scab", "", None),
                ("certain", None, "seen", None),
                ("certain", None, "", "2026-06-02T12:00:00+00:00"),
                ("mended", None, "", None),
            ],
        )
    with Store(tmp_path) as store:
        assert _changes(store) == [(1, 2, True), (2, 3, True), (3, 4, False), (4, 5, True)]


def test_a_damaged_store_keeps_its_changes_and_a_row_that_is_lost_is_not_deleted(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 400)
    with Store(tmp_path) as store:
        for number in range(1, 401):
            store.note(number, "seen")
        store.delete(400, MOMENT.utc)
    spoil_page(tmp_path / NAME, b"Tomato___Late_blight")
    said: list[str] = []
    mend_database(tmp_path, said.append)
    assert said
    with Store(tmp_path) as store:
        changes = _changes(store)
        assert changes[-1] == (401, 400, False)
        assert [changed for _, changed, _ in changes[:-1]] == sorted(
            record.id for record in store.records()
        )
        assert len(changes) < 400
        assert store.last_ids()["changes"] == 401
