import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from spoilt_page import spoil_page

from plant_device.classify.line import ClassifiedLine, ShownEntry, TopEntry
from plant_device.contract.errors import UserError
from plant_device.store.clock import Moment
from plant_device.store.database import _STEPS, NAME, SCHEMA_VERSION, mend_database
from plant_device.store.deletion import purge_old
from plant_device.store.place.place import Place
from plant_device.store.store import Counted, NoRecordError, Store, Wanted

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
PICTURE = np.full((48, 64, 3), 90, np.uint8)


def _line(label: str = "Tomato___healthy", frame: int = 0) -> ClassifiedLine:
    return ClassifiedLine(
        path="synthetic:",
        frame=frame,
        decision="healthy" if label.endswith("healthy") else "disease",
        cause="clear",
        reason="sure enough",
        label=label,
        probability=0.75,
        top=[TopEntry(label=label, probability=0.75), TopEntry(label="x", probability=0.25)],
        energy=7.5,
        ms=4.25,
    )


def _at(utc: datetime, *, certain: bool = True, boot: str = "first") -> Moment:
    return Moment(utc, (utc - NOON).total_seconds() + 1000, boot, certain)


def _filled(folder: Path, number: int) -> Store:
    store = Store(folder)
    for index in range(number):
        label = "Apple___scab" if index % 2 else "Tomato___healthy"
        store.keep(PICTURE, _line(label, index), "a" * 64, _at(NOON + timedelta(minutes=index)))
    return store


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    with _filled(tmp_path, 0) as store:
        number = store.keep(PICTURE, _line(), "b" * 64, _at(NOON))
        (record,) = store.records()
    assert (record.id, record.taken_at, record.model) == (number, NOON, "b" * 64)
    assert record.classified == _line()
    assert (record.corrected, record.note, record.label) == (None, "", "Tomato___healthy")
    assert record.picture
    assert record.picture.startswith("pictures/2026-06-01/120000-")
    with Image.open(tmp_path / record.picture) as picture:
        np.testing.assert_allclose(np.asarray(picture), PICTURE, atol=2)


def test_records_are_found_by_time_decision_label_and_correction(tmp_path: Path) -> None:
    with _filled(tmp_path, 10) as store:
        numbers = [record.id for record in store.records()]
        assert numbers == list(range(10, 0, -1))
        hour = Wanted(since=NOON + timedelta(minutes=3), until=NOON + timedelta(minutes=6))
        assert [record.id for record in store.records(hour)] == [6, 5, 4]
        # The same moments, said in another zone.
        zone = timezone(timedelta(hours=5))
        there = Wanted(since=(NOON + timedelta(minutes=8)).astimezone(zone))
        assert store.count(there) == 2
        assert store.count(Wanted(decision="disease")) == 5
        store.correct(1, "Apple___scab")
        store.note(1, "seen by Ada")
        assert store.count(Wanted(label="Apple___scab")) == 6
        assert store.count(Wanted(label="Tomato___healthy")) == 4
        (corrected,) = store.records(Wanted(corrected=True))
        assert (corrected.id, corrected.label, corrected.note) == (1, "Apple___scab", "seen by Ada")
        assert store.count(Wanted(corrected=False)) == 9
        store.correct(1, None)
        assert store.count(Wanted(corrected=True)) == 0
        assert [record.id for record in store.records(limit=2)] == [10, 9]
        with pytest.raises(UserError, match="there is no record 99"):
            store.correct(99, "Apple___scab")


def test_a_store_is_opened_again_with_all_that_it_holds(tmp_path: Path) -> None:
    with _filled(tmp_path, 3):
        pass
    said: list[str] = []
    mend_database(tmp_path, said.append)
    with _filled(tmp_path, 2) as store:
        assert store.count() == 5
    assert said == []


def test_every_acknowledged_record_is_there_after_kill_9_with_a_whole_picture(
    tmp_path: Path,
) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        f"sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "import test_store as t\n"
        f"store = t.Store(Path({str(tmp_path)!r}))\n"
        "while True:\n"
        "    print(store.keep(t.PICTURE, t._line(), 'c' * 64, t._at(t.NOON)), flush=True)\n"
    )
    acknowledged = 0
    for lines in (1, 7, 30):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout
            for _ in range(lines):
                acknowledged = int(writer.stdout.readline())
            os.kill(writer.pid, signal.SIGKILL)
            rest = writer.stdout.read().split("\n")
            acknowledged = int(rest[-2]) if len(rest) > 1 and rest[-2] else acknowledged
        said: list[str] = []
        mend_database(tmp_path, said.append)
        with Store(tmp_path) as store:
            records = list(store.records())
        assert said == []
        assert {record.id for record in records} >= set(range(1, acknowledged + 1))
        for record in records:
            assert record.picture
            with Image.open(tmp_path / record.picture) as picture:
                picture.load()


@pytest.mark.parametrize("damage", ["middle", "head", "text"])
def test_a_damaged_database_is_set_aside_and_what_can_be_read_goes_on(
    tmp_path: Path, damage: str
) -> None:
    with _filled(tmp_path, 400):
        pass
    path = tmp_path / NAME
    if damage == "middle":
        content = spoil_page(path, b"sure enough")
    elif damage == "head":
        content = bytes(4096) + path.read_bytes()[4096:]
        path.write_bytes(content)
    else:
        content = b"no database at all" * 1000
        path.write_bytes(content)
    if damage != "middle":
        with pytest.raises(UserError, match="are damaged"):
            Store.existing(tmp_path)
    with pytest.raises(UserError, match="are damaged"), Store.existing(tmp_path) as store:
        list(store.records())
    said: list[str] = []
    mend_database(tmp_path, said.append)
    with Store(tmp_path) as store:
        left = store.count()
        number = store.keep(PICTURE, _line(), "d" * 64, _at(NOON))
        assert number > left - 1
    assert (left > 300) == (damage == "middle")
    (sentence,) = said
    assert sentence.startswith("the records' database was damaged: it is kept as records.damaged-")
    assert f"and {left} of its records are in a new one" in sentence
    (aside,) = tmp_path.glob("records.damaged-*.db")
    assert aside.read_bytes() == content


@pytest.mark.parametrize("damage", ["nine tenths", "half", "no head"])
def test_a_database_that_sqlite_would_not_open_is_read_as_far_as_it_goes(
    tmp_path: Path, damage: str
) -> None:
    with _filled(tmp_path, 320):
        pass
    path = tmp_path / NAME
    content = path.read_bytes()
    if damage == "no head":
        content = bytes(100) + content[100:]
    else:
        content = content[: int(len(content) * (0.9 if damage == "nine tenths" else 0.5))]
    path.write_bytes(content)
    said: list[str] = []
    mend_database(tmp_path, said.append)
    with Store(tmp_path) as store:
        records = list(store.records())
    assert len(records) >= {"nine tenths": 256, "half": 90, "no head": 320}[damage]
    assert records[-1].classified == _line("Tomato___healthy", 0)
    assert f"and {len(records)} of its records are in a new one" in said[0]
    assert not list(tmp_path.glob("*.mending*"))


def test_an_empty_file_beside_pictures_is_damage(tmp_path: Path) -> None:
    with _filled(tmp_path, 3):
        pass
    (tmp_path / NAME).write_bytes(b"")
    said: list[str] = []
    mend_database(tmp_path, said.append)
    assert "and 0 of its records are in a new one" in said[0]


def test_a_store_on_a_disk_that_takes_nothing_is_read(small_disk: Path) -> None:
    with _filled(small_disk / "store", 3):
        pass
    with suppress(OSError):
        (small_disk / "filler").write_bytes(bytes(1 << 24))
    with Store.existing(small_disk / "store") as store:
        assert store.count() == 3
        with pytest.raises(OSError, match="the disk is full: make room"):
            store.correct(1, "Apple___scab")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with Store.existing(small_disk / "store") as store:
        assert store.count() == 3
        with pytest.raises(OSError, match="the disk is read-only: have it mounted"):
            store.correct(1, "Apple___scab")


def test_an_old_store_on_a_disk_that_takes_nothing_is_told(small_disk: Path) -> None:
    with _filled(small_disk / "store", 1):
        pass
    with closing(sqlite3.connect(small_disk / "store" / NAME)) as database:
        database.execute("PRAGMA user_version = 2")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(UserError, match="are of an older program, and their disk takes nothing"):
        Store.existing(small_disk / "store")


def test_a_full_disk_keeps_neither_picture_nor_record_and_says_so(tmp_path: Path) -> None:
    with _filled(tmp_path, 2) as store:
        store._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(OSError, match="the disk is full"):
            _keep_many(store)
        kept = store.count()
        pictures = list((tmp_path / "pictures").rglob("*.jpg"))
        assert len(pictures) == kept


def _keep_many(store: Store) -> None:
    for _ in range(50):
        store.keep(PICTURE, _line("Apple___scab" * 20), "e" * 64, _at(NOON))


def test_a_store_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with _filled(tmp_path, 1):
        pass
    database = sqlite3.connect(tmp_path / NAME)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(
        UserError, match=f"is of version 99, this program knows up to {SCHEMA_VERSION}:"
    ):
        Store(tmp_path)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    with pytest.raises(UserError, match="received another kind of file"):
        Store(tmp_path / "store")


def test_moment_place_and_what_was_shown_come_back_as_they_were(tmp_path: Path) -> None:
    place = Place(-33.5, 151.25, "gpsd", accuracy=4.5)
    shown = ShownEntry(decision="disease", cause="steady", label="x", share=0.9, concluded=True)
    line = _line().model_copy(update={"shown": shown})
    with _filled(tmp_path, 0) as store:
        store.keep(None, line, "b" * 64, _at(NOON, certain=False), place)
        (record,) = store.records()
    assert (record.certainty, record.uptime, record.boot) == ("uncertain", 1000, "first")
    assert (record.place, record.picture, record.inspection) == (place, None, None)
    assert record.classified == line


def test_records_have_the_order_of_what_happened_though_the_clock_ran_back(tmp_path: Path) -> None:
    with _filled(tmp_path, 2) as store:
        store.keep(PICTURE, _line(), "b" * 64, _at(datetime(1970, 1, 1, tzinfo=timezone.utc)))
        assert [record.id for record in store.records()] == [3, 2, 1]


def test_times_of_this_start_are_put_right_and_no_others(tmp_path: Path) -> None:
    wrong = datetime(1970, 1, 1, tzinfo=timezone.utc)
    with _filled(tmp_path, 0) as store:
        store.keep(PICTURE, _line(), "b" * 64, _at(NOON, certain=True))
        store.keep(PICTURE, _line(), "b" * 64, Moment(wrong, 50, "before", False))
        store.keep(PICTURE, _line(), "b" * 64, Moment(wrong, 100, "now", False))
        store.keep_event("heat", "half speed", Moment(wrong, 160, "now", False))
        assert store.mend_times(Moment(NOON, 400, "now", True)) == 1
        assert store.mend_times(Moment(NOON, 400, "now", True)) == 0
        now, before, certain = store.records()
        (event,) = store.events()
    assert (now.taken_at, now.certainty) == (NOON - timedelta(minutes=5), "mended")
    assert (before.taken_at, before.certainty) == (wrong, "uncertain")
    assert (certain.taken_at, certain.certainty) == (NOON, "certain")
    assert (event.at, event.certainty) == (NOON - timedelta(minutes=4), "mended")
    assert (event.kind, event.words) == ("heat", "half speed")


def test_thinning_takes_every_second_of_the_oldest_and_never_what_people_touched(
    tmp_path: Path,
) -> None:
    with _filled(tmp_path, 12) as store:
        store.correct(2, "Apple___scab")
        store.note(4, "look again")
        assert store.thin_pictures(3) == 3
        left = {record.id for record in store.records() if record.picture}
        assert left == {1, 2, 4, 5, 7, 9, 10, 11, 12}
        for record in store.records():
            if record.picture:
                assert (tmp_path / record.picture).is_file()
        assert len(list((tmp_path / "pictures").rglob("*.jpg"))) == 9


def test_what_is_asked_of_a_season_reads_no_row_that_is_not_wanted(tmp_path: Path) -> None:
    asked: list[str] = []
    with _filled(tmp_path, 4) as store:
        store.correct(2, "Apple___scab")
        store._database.set_trace_callback(asked.append)
        for corrected in (None, True, False):
            store.count(Wanted(corrected=corrected))
            store.counts(Wanted(corrected=corrected))
            store.counts(Wanted(crop="Apple", corrected=corrected))
        assert store.thin_pictures(2) == 1
        store._database.set_trace_callback(None)
        questions = [sql for sql in asked if sql.startswith("SELECT")]
        plans = [
            row["detail"]
            for sql in questions
            for row in store._database.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert len(questions) > 9
    assert [plan for plan in plans if plan == "SCAN records"] == []


def test_a_verdict_names_its_leaves(tmp_path: Path) -> None:
    with _filled(tmp_path, 5) as store:
        assert store.keep_verdict('{"verdict": 1}', [2, 3, 5]) == 1
        assert store.keep_verdict('{"verdict": 2}', [1]) == 2
        assert [record.inspection for record in store.records()] == [1, None, 1, 1, 2]
        store.delete(3, NOON)
        assert [record.id for record in store.leaves(1)] == [2, 5]
        assert (store.verdict(2), store.verdict(3)) == ('{"verdict": 2}', None)


def test_a_store_of_the_first_version_goes_on(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / NAME)
    database.executescript(f"{_STEPS[0]}; PRAGMA user_version = 1;")
    database.execute(
        "INSERT INTO records (taken_at, source, frame, decision, cause, reason, label, probability,"
        " top, energy, ms, model, corrected) VALUES (?, 'usb:0', 7, 'healthy', 'clear', '', 'x', "
        "0.5, '[]', 1.0, 2.0, 'm', 'y')",
        (NOON.isoformat(),),
    )
    database.commit()
    database.close()
    with _filled(tmp_path, 1) as store:
        new, old = store.records()
    assert (old.taken_at, old.certainty, old.boot, old.place) == (NOON, "uncertain", None, None)
    assert (old.classified.frame, old.corrected) == (7, "y")
    assert (new.id, new.certainty) == (2, "certain")


def test_a_store_of_the_second_version_goes_on_and_its_records_can_be_deleted(
    tmp_path: Path,
) -> None:
    database = sqlite3.connect(tmp_path / NAME)
    database.executescript(f"{_STEPS[0]}; {_STEPS[1]}; PRAGMA user_version = 2;")
    database.executemany(
        "INSERT INTO records (taken_at, certainty, source, frame, decision, cause, reason, label, "
        "probability, top, energy, ms, model, latitude, longitude, place) VALUES (?, 'certain', "
        "'usb:0', 7, 'healthy', 'clear', '', 'Apple___x', 0.5, '[]', 1.0, 2.0, 'm', 1, 2, 'fixed')",
        [(NOON.isoformat(),)] * 3,
    )
    database.commit()
    database.close()
    with Store(tmp_path) as store:
        store.delete(2, NOON)
        assert [record.id for record in store.records(Wanted(crop="Apple"))] == [3, 1]
        assert [record.id for record in store.placed(5)] == [3, 1]


def test_corrections_of_a_store_of_the_third_version_count_in_the_decision(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / NAME)
    database.executescript(f"{';'.join(_STEPS[:3])}; PRAGMA user_version = 3;")
    database.executemany(
        "INSERT INTO records (taken_at, source, frame, decision, cause, reason, label, probability,"
        " top, energy, ms, model, corrected, named) VALUES (?, 'usb:0', 7, 'disease', 'clear', '', "
        "'Apple___x', 0.5, '[]', 1.0, 2.0, 'm', ?2, coalesce(?2, 'Apple___x'))",
        [(NOON.isoformat(), label) for label in (None, "Apple___Healthy", "not_leaf", "Apple___y")],
    )
    database.commit()
    database.close()
    with Store(tmp_path) as store:
        for decision, ids in {"disease": [4, 1], "healthy": [2], "not_leaf": [3]}.items():
            assert [one.id for one in store.records(Wanted(decision=decision))] == ids
            assert {store.record(number).kind for number in ids} == {decision}


def test_a_damaged_store_of_the_second_version_is_salvaged(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / NAME)
    database.executescript(f"{_STEPS[0]}; {_STEPS[1]}; PRAGMA user_version = 2;")
    database.executemany(
        "INSERT INTO records (taken_at, source, frame, decision, cause, reason, label, probability,"
        " top, energy, ms, model) VALUES (?, 'usb:0', 7, 'healthy', 'clear', ?, 'x', 0.5, '[]', "
        "1.0, 2.0, 'm')",
        [(NOON.isoformat(), "r" * 500)] * 200,
    )
    database.commit()
    database.close()
    spoil_page(tmp_path / NAME, b"rrrr")
    said: list[str] = []
    mend_database(tmp_path, said.append)
    assert said
    with Store(tmp_path) as store:
        left = store.count()
        assert 100 < left < 200
        assert store.count(Wanted(decision="healthy")) == left
        store.delete(1, NOON)
        assert store.count() == left - 1


def test_what_was_deleted_is_nowhere_and_comes_back_as_it_was(tmp_path: Path) -> None:
    with _filled(tmp_path, 4) as store:
        before = store.record(2)
        store.delete(2, NOON)
        assert [record.id for record in store.records()] == [4, 3, 1]
        assert [record.id for record in store.following(1)] == [3, 4]
        assert store.count() == 3
        assert sum(counted.number for counted in store.counts()) == 3
        assert store.count(Wanted(label="Apple___scab")) == 1
        (deleted,) = store.records(Wanted(deleted=True))
        assert (deleted.id, deleted.deleted) == (2, NOON)
        for change in (
            lambda: store.record(2),
            lambda: store.correct(2, "x"),
            lambda: store.note(2, "x"),
            lambda: store.delete(2, NOON),
        ):
            with pytest.raises(NoRecordError, match="there is no record 2"):
                change()
        store.restore(2)
        assert store.record(2) == before
        store.restore(2)
        with pytest.raises(NoRecordError, match="there is no record 5"):
            store.restore(5)


def test_the_class_of_deleted_records_alone_is_no_class_any_more(tmp_path: Path) -> None:
    with _filled(tmp_path, 3) as store:
        store.delete(2, NOON)
        assert store.labels() == ["Tomato___healthy"]


def test_what_was_deleted_long_ago_goes_with_its_picture(tmp_path: Path) -> None:
    with _filled(tmp_path, 4) as store:
        names = {record.id: record.picture for record in store.records()}
        store.delete(1, NOON)
        store.delete(2, NOON + timedelta(days=20))
        late = NOON + timedelta(days=31)
        assert purge_old(store, _at(late, certain=False)) == 0
        assert purge_old(store, _at(late)) == 1
        assert [record.id for record in store.records(Wanted(deleted=True))] == [2]
        with pytest.raises(NoRecordError):
            store.restore(1)
        kept = {name for number, name in names.items() if number != 1}
    assert {f"{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*.jpg")} == kept


def test_a_full_disk_takes_pictures_of_deleted_records_first(tmp_path: Path) -> None:
    with _filled(tmp_path, 6) as store:
        store.correct(5, "Apple___scab")
        store.delete(5, NOON)
        assert store.thin_pictures(1) == 1
        store.restore(5)
        assert [record.id for record in store.records() if not record.picture] == [5]


@pytest.mark.parametrize("name", ["{other}", "../other"])
def test_a_tampered_store_deletes_no_file_but_its_pictures(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    other.touch()
    with _filled(tmp_path / "store", 2) as store:
        with closing(sqlite3.connect(store.folder / NAME)) as database:
            for number in (1, 2):
                path = name.format(other=other).replace("other", "./" * number + "other")
                database.execute("UPDATE records SET picture = ? WHERE id = ?", [path, number])
            database.commit()
        store.delete(1, NOON - timedelta(days=40))
        assert purge_old(store, _at(NOON)) == 1
        store.delete(2, NOON)
        assert store.thin_pictures(1) == 1
    assert other.exists()


def test_pages_follow_one_another_without_gap_or_double(tmp_path: Path) -> None:
    with _filled(tmp_path, 23) as store:
        store.delete(15, NOON)
        wanted = Wanted(crop="Tomato")
        pages: list[list[int]] = []
        before = None
        while page := [record.id for record in store.records(wanted, 4, before)]:
            pages.append(page)
            before = page[-1]
            # What comes meanwhile moves nothing.
            store.keep(None, _line(), "a" * 64, _at(NOON))
        assert [number for page in pages for number in page] == [
            number for number in range(23, 0, -2) if number != 15
        ]


def test_a_crop_is_what_stands_before_the_separator(tmp_path: Path) -> None:
    with _filled(tmp_path, 0) as store:
        for label in ("Apple___scab", "Apple", "Apple_tree___scab", "Apples___x", "Pear___Apple"):
            store.keep(None, _line(label), "a" * 64, _at(NOON))
        store.correct(5, "Apple___rust")
        assert [record.id for record in store.records(Wanted(crop="Apple"))] == [5, 1]
        assert store.count(Wanted(crop="")) == 0
        assert store.count(Wanted(crop="%")) == 0


def test_records_are_counted_by_class_and_decision(tmp_path: Path) -> None:
    with _filled(tmp_path, 5) as store:
        store.correct(1, "Apple___scab")
        assert store.counts() == [
            Counted("Apple___scab", "disease", 3),
            Counted("Tomato___healthy", "healthy", 2),
        ]
        assert store.counts(Wanted(since=NOON + timedelta(minutes=4))) == [
            Counted("Tomato___healthy", "healthy", 1)
        ]
        assert store.newest_moment() == NOON + timedelta(minutes=4)
        assert store.newest_moment(NOON) is None


def test_many_programs_can_make_a_store_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from plant_device.store.store import Store; "
        f"print(Store(Path({str(tmp_path)!r})).count())"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == ["0\n"] * 4
