import json
import resource
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from kept import LINE, MOMENT

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classifier
from plant_device.classify.line import ShownEntry
from plant_device.classify.smoothing import Smoothed, answer_of
from plant_device.classify.vote import vote
from plant_device.contract.errors import UserError
from plant_device.service import keeping as keeping_module
from plant_device.service.keeping import Keeping
from plant_device.service.loop import Observation
from plant_device.store.clock import BoardClock
from plant_device.store.database import NAME
from plant_device.store.disk import free_bytes
from plant_device.store.pictures import FOLDER
from plant_device.store.place.place import Place
from plant_device.store.record import Record
from plant_device.store.store import Store

LABELS = ["Apple___healthy"]
MODEL = "f" * 64


class Said(list[str]):
    """What a person was told."""


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def keeping(tmp_path: Path, said: Said) -> Keeping:
    return _keeping(tmp_path, said)


def _keeping(
    folder: Path, said: Said, clock: BoardClock | None = None, floor: int | None = 0
) -> Keeping:
    place = Place(52.1, 11.6, "fixed")
    return Keeping(folder, lambda: MODEL, clock or BoardClock(), lambda: place, floor, said.append)


def _records(folder: Path) -> list[Record]:
    with Store(folder) as store:
        return list(store.records())


def _seen(classifier: Classifier, *, concluded: bool, shown: bool = True) -> Observation:
    picture = np.full((48, 64, 3), 120, np.uint8)
    classified = classifier.classify(picture)
    answer = answer_of(classified.prediction, classified.decision)
    smoothed = Smoothed(((answer, 0.45),), answer if shown else None)
    return Observation(Frame(3, "camera", picture, 0.5), classified, smoothed, concluded)


def test_only_answers_that_count_are_kept(
    classifier: Classifier, keeping: Keeping, tmp_path: Path
) -> None:
    for concluded in (False, True, False, False, True):
        keeping(_seen(classifier, concluded=concluded))
    records = _records(tmp_path)
    assert keeping.count == len(records) == 2
    for record in records:
        assert record.classified.frame == 3
        assert record.model == MODEL
        assert record.place == Place(52.1, 11.6, "fixed")
        assert (tmp_path / str(record.picture)).is_file()


def test_a_look_whose_frames_disagree_is_kept_as_unsure_with_its_scores(
    classifier: Classifier, keeping: Keeping, tmp_path: Path
) -> None:
    seen = _seen(classifier, concluded=True, shown=False)
    keeping(seen)
    (record,) = _records(tmp_path)
    line = record.classified
    assert (line.decision, line.cause) == ("unsure", "frames_disagree")
    assert "45%" in line.reason
    assert line.shown == ShownEntry(
        decision="unsure", cause="frames_disagree", share=0.45, concluded=True
    )
    assert line.label == seen.classified.prediction.top[0][0].label


def test_a_verdict_is_kept_with_its_leaves(
    classifier: Classifier, keeping: Keeping, tmp_path: Path
) -> None:
    for _ in range(4):
        keeping(_seen(classifier, concluded=True))
    answer = _seen(classifier, concluded=True).smoothed.shown
    keeping.verdict(vote([answer, answer, answer]))
    records = _records(tmp_path)
    assert [record.inspection for record in records] == [1, 1, 1, None]
    with Store(tmp_path) as store:
        kept = store.verdict(1)
    assert kept
    assert json.loads(kept)["verdict"]["leaves"] == 3


def test_a_disk_that_cannot_be_written_is_told_once_and_stops_nothing(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    # In the place of the folder of pictures: root may write where others may not.
    (tmp_path / FOLDER).write_text("in the way")
    for _ in range(4):
        keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (0, 4)
    assert len(said) == 1
    assert said[0].endswith("classification goes on")
    (tmp_path / FOLDER).unlink()
    keeping(_seen(classifier, concluded=True))
    assert keeping.count == len(_records(tmp_path)) == 1


def test_a_fault_that_tells_each_pictures_bytes_is_told_once(
    classifier: Classifier, keeping: Keeping, said: Said
) -> None:
    random = np.random.default_rng(1)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, former[1]))
        for side in (400, 500, 600):
            seen = _seen(classifier, concluded=True)
            noise = random.integers(0, 256, (side, side, 3), np.uint8)
            keeping(replace(seen, frame=replace(seen.frame, picture=noise)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert keeping.lost == 3
    assert said == ["no record is kept (File too large); classification goes on"]


def test_that_records_are_kept_again_is_told_and_kept_and_the_next_fault_is_told_anew(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    for lost in (3, 1):
        shutil.rmtree(tmp_path / FOLDER, ignore_errors=True)
        (tmp_path / FOLDER).write_text("in the way")
        for _ in range(lost):
            keeping(_seen(classifier, concluded=True))
        (tmp_path / FOLDER).unlink()
        keeping(_seen(classifier, concluded=True))
    again = [
        "records are kept again: 3 records went lost",
        "records are kept again: 1 record went lost",
    ]
    assert said[1::2] == again
    assert len(said) == 4
    assert said[0] == said[2]
    with Store(tmp_path) as store:
        assert [event.words for event in store.events()] == again[::-1]


def test_on_a_disk_that_others_filled_old_pictures_make_room(
    classifier: Classifier, small_disk: Path, said: Said
) -> None:
    keeping = _keeping(small_disk / "store", said, floor=None)
    for _ in range(8):
        keeping(_seen(classifier, concluded=True))
    for path in (small_disk / "store" / FOLDER).rglob("*.jpg"):
        # As large as a camera's.
        path.write_bytes(bytes(40_000))
    _fill(small_disk, 0)
    assert free_bytes(small_disk) == 0
    keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (9, 0)
    records = _records(small_disk / "store")
    assert [record.id for record in records if record.picture] == [9, 7, 5, 3, 1]
    pictures = [str(record.picture) for record in records if record.picture]
    assert all((small_disk / "store" / picture).is_file() for picture in pictures)


@pytest.mark.parametrize("ended", ["in order", "by a power cut"])
def test_on_a_disk_that_is_full_from_the_start_old_pictures_make_room(
    classifier: Classifier, small_disk: Path, said: Said, ended: str
) -> None:
    folder = small_disk / "store"
    with Store(folder) as store:
        for _ in range(9):
            store.keep(np.zeros((48, 64, 3), np.uint8), LINE, MODEL, MOMENT)
        store.correct(2, LABELS[0])
        for path in (folder / FOLDER).rglob("*.jpg"):
            path.write_bytes(bytes(40_000))
        # What was corrected is in the log alone.
        left = {path.name: path.read_bytes() for path in folder.glob(f"{NAME}*")}
    if ended == "by a power cut":
        for name, content in left.items():
            (folder / name).write_bytes(content)
        (folder / f"{NAME}-shm").unlink()
    _fill(small_disk, 0)
    keeping = _keeping(folder, said, floor=0)
    keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (1, 0)
    assert said == ["the disk is full: old pictures are thinned"]
    records = _records(folder)
    assert [record.id for record in records] == list(range(10, 0, -1))
    there = [record.id for record in records if (folder / str(record.picture)).is_file()]
    # Of eight that nobody touched every second one is gone.
    assert there == [10, 8, 6, 4, 2, 1]


def test_below_the_floor_old_pictures_are_thinned_then_none_is_kept_and_records_go_on(
    classifier: Classifier, tmp_path: Path, said: Said
) -> None:
    before = _keeping(tmp_path, said, floor=0)
    for _ in range(9):
        before(_seen(classifier, concluded=True))
    with Store(tmp_path) as store:
        store.correct(2, LABELS[0])
    # No disk has so much room.
    keeping = _keeping(tmp_path, said, floor=1 << 62)
    for _ in range(5):
        keeping(_seen(classifier, concluded=True))
    records = _records(tmp_path)
    assert len(records) == 14
    # Of 9, one of them corrected: 8 become 4, 2 and 1, which has no second one.
    assert [record.id for record in records if record.picture] == [2, 1]
    assert sorted(path.name for path in (tmp_path / FOLDER).rglob("*.jpg")) == sorted(
        Path(str(record.picture)).name for record in records if record.picture
    )
    assert len(said) == 2
    assert "old pictures are thinned" in said[0]
    assert "without their pictures" in said[1]
    with Store(tmp_path) as store:
        assert [event.words for event in store.events()] == said[::-1]


def test_uncertain_times_are_put_right_once_the_time_is_known(
    classifier: Classifier, tmp_path: Path, said: Said
) -> None:
    clock = BoardClock()
    if clock.now().certain:
        pytest.skip("this machine's clock is set, as a board's without a network is not")
    before = _keeping(tmp_path, said, clock)
    for _ in range(3):
        before(_seen(classifier, concluded=True))
    assert {record.certainty for record in _records(tmp_path)} == {"uncertain"}
    clock.heard(datetime(2031, 5, 6, 7, 8, 9, tzinfo=timezone.utc))
    after = _keeping(tmp_path, said, clock)
    after(_seen(classifier, concluded=True))
    records = _records(tmp_path)
    assert [record.certainty for record in records] == ["certain", *["mended"] * 3]
    assert {record.taken_at.year for record in records} == {2031}
    times = [record.taken_at for record in records]
    assert times == sorted(times, reverse=True)
    assert said == ["the time is known now: 3 records were put right"]


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_disk_that_is_full_or_read_only_from_the_start_stops_nothing(
    classifier: Classifier, small_disk: Path, said: Said, fault: str
) -> None:
    if fault == "full":
        with suppress(OSError):
            (small_disk / "filler").write_bytes(bytes(1 << 24))
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    keeping = _keeping(small_disk / "store", said, floor=None)
    for _ in range(3):
        keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (0, 3)
    assert len(said) == 1
    assert said[0].endswith("classification goes on")


def test_a_disk_that_fails_can_be_mounted_anew_while_the_device_runs(
    classifier: Classifier, small_disk: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = _keeping(small_disk / "store", said)
    keeping(_seen(classifier, concluded=True))
    # Nobody can make a disk read-only that is in use, but one on which a part of the store lies.
    shutil.rmtree(small_disk / "store" / FOLDER)
    other = small_disk.with_name("other")
    other.mkdir()
    (small_disk / "store" / FOLDER).symlink_to(other)
    mount = ("mount", "-t", "tmpfs", "-o")
    subprocess.run([*mount, "ro", "tmpfs", str(other)], check=True)
    try:
        for _ in range(3):
            keeping(_seen(classifier, concluded=True))
    finally:
        subprocess.run(["umount", str(other)], check=True)
    subprocess.run(["umount", str(small_disk)], check=True)
    subprocess.run([*mount, "size=1m", "tmpfs", str(small_disk)], check=True)
    monkeypatch.setattr(keeping_module, "_RETRY_SECONDS", 0.0)
    keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (2, 3)
    assert said == [
        "no record is kept (the disk is read-only: have it mounted to be written); "
        "classification goes on",
        "records are kept again: 3 records went lost",
    ]
    assert len(_records(small_disk / "store")) == 1


@pytest.mark.parametrize("free", [4096 * pages for pages in (1, 2, 5, 10, 14)])
@pytest.mark.parametrize("before", ["nothing", "a store", "a damaged one"])
def test_a_disk_that_is_almost_full_from_the_start_stops_nothing_and_is_written_later(
    classifier: Classifier,
    small_disk: Path,
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    before: str,
) -> None:
    monkeypatch.setattr(keeping_module, "_RETRY_SECONDS", 0.0)
    folder = small_disk / "store"
    if before != "nothing":
        Store(folder).close()
    if before == "a damaged one":
        with (folder / NAME).open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 5000)
    _fill(small_disk, free)
    keeping = _keeping(folder, said, floor=None)
    keeping(_seen(classifier, concluded=True))
    assert not list(folder.glob(f"{NAME}.salvaged*"))
    (small_disk / "filler").unlink()
    keeping(_seen(classifier, concluded=True))
    assert keeping.count + keeping.lost == 2
    assert len(_records(folder)) == keeping.count > 0
    assert len([words for words in said if words.startswith("no record is kept")]) <= 1


def test_a_disk_that_takes_no_more_files_stops_nothing(
    classifier: Classifier, small_disk: Path, said: Said
) -> None:
    subprocess.run(["mount", "-o", "remount,nr_inodes=6", str(small_disk)], check=True)
    for number in range(5):
        with suppress(OSError):
            (small_disk / str(number)).touch()
    keeping = _keeping(small_disk, said, floor=None)
    keeping(_seen(classifier, concluded=True))
    assert keeping.lost == 1
    assert said == [
        "no record is kept (the disk takes no more files: delete some on it); "
        "classification goes on"
    ]


def test_a_wrong_call_is_told_at_once_though_the_disk_is_full(small_disk: Path, said: Said) -> None:
    Store(small_disk / "newer").close()
    with closing(sqlite3.connect(small_disk / "newer" / NAME)) as other:
        other.execute("PRAGMA user_version = 99")
    (small_disk / "file").touch()
    _fill(small_disk, 1 << 17)
    with pytest.raises(UserError, match="update plant-edge"):
        _keeping(small_disk / "newer", said)
    _fill(small_disk, 0)
    with pytest.raises(UserError, match="expected a folder for records"):
        _keeping(small_disk / "file", said)


def _fill(disk: Path, free: int) -> None:
    """Leave so many bytes."""
    with suppress(OSError), (disk / "filler").open("ab", buffering=0) as file:
        file.write(bytes(max(0, free_bytes(disk) - free)))


def test_a_store_that_cannot_be_opened_later_either_stops_nothing(
    classifier: Classifier, small_disk: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_module, "_RETRY_SECONDS", 0.0)
    filler = small_disk / "filler"
    with suppress(OSError):
        filler.write_bytes(bytes(1 << 24))
    keeping = _keeping(small_disk / "store", said)
    # There is room again, and something else is in the way.
    filler.unlink()
    with suppress(FileNotFoundError):
        shutil.rmtree(small_disk / "store")
    (small_disk / "store").write_text("in the way")
    keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (0, 1)
    (small_disk / "store").unlink()
    keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (1, 1)


def test_a_database_that_is_damaged_meanwhile_is_mended_and_nothing_of_now_is_lost(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    for _ in range(3):
        keeping(_seen(classifier, concluded=True))
    # Another program has the pages written back, damages them, and makes SQLite read them again.
    with closing(sqlite3.connect(tmp_path / NAME)) as other, other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / NAME).open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with closing(sqlite3.connect(tmp_path / NAME)) as other, other:
        other.execute("PRAGMA application_id = 7")
    keeping.event("model", "another one")
    for _ in range(2):
        keeping(_seen(classifier, concluded=True))
    assert (keeping.count, keeping.lost) == (5, 0)
    assert len(said) == 1
    assert "was damaged: it is kept as records.damaged-" in said[0]
    assert len(list(tmp_path.glob("records.damaged-*.db"))) == 1
    assert len(_records(tmp_path)) == 2
    with Store(tmp_path) as store:
        assert [event.words for event in store.events()] == ["another one"]


def test_a_database_that_somebody_took_away_is_begun_anew(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    keeping(_seen(classifier, concluded=True))
    for path in tmp_path.glob(f"{NAME}*"):
        path.unlink()
    for _ in range(2):
        keeping(_seen(classifier, concluded=True))
    assert len(_records(tmp_path)) == 2
    gone = f"the records' database is gone from {tmp_path}, and the records in it"
    assert said == [f"{gone}: another one has to begin"]


def test_a_database_that_somebody_replaced_is_opened_and_called_so(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    keeping(_seen(classifier, concluded=True))
    with closing(sqlite3.connect(tmp_path / NAME)) as other, other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / NAME, tmp_path / "copy")
    (tmp_path / "copy").replace(tmp_path / NAME)
    keeping(_seen(classifier, concluded=True))
    assert len(_records(tmp_path)) == 2
    assert said == [f"the records' database in {tmp_path} is another one: records go on in that"]


def test_a_log_that_somebody_took_away_loses_nothing_at_a_kill(
    classifier: Classifier, keeping: Keeping, said: Said, tmp_path: Path
) -> None:
    keeping(_seen(classifier, concluded=True))
    for _ in range(2):
        (tmp_path / f"{NAME}-wal").unlink()
        keeping(_seen(classifier, concluded=True))
    # As a kill leaves it: what is open is not closed.
    left = tmp_path / "left"
    left.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(tmp_path / f"{NAME}{ending}", left)
    assert len(_records(left)) == keeping.count == 3
    assert said == [f"the log of the records' database is gone from {tmp_path}: it is begun anew"]
