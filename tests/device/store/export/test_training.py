import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from plant_device.classify.decision import DecisionKind
from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.contract.errors import UserError
from plant_device.store.clock import Moment
from plant_device.store.database import NAME
from plant_device.store.export import training
from plant_device.store.export.training import Exported, write_training_zip
from plant_device.store.store import Store, Wanted

MOMENT = Moment(datetime(2026, 6, 1, tzinfo=timezone.utc), 10.0, "boot", certain=True)


def _line(label: str, decision: DecisionKind) -> ClassifiedLine:
    return ClassifiedLine(
        path="usb:0",
        decision=decision,
        cause="clear",
        reason="",
        label=label,
        probability=0.75,
        top=[TopEntry(label=label, probability=0.75)],
        energy=1.0,
        ms=1.0,
    )


def _keep(store: Store, label: str, decision: DecisionKind, level: int = 9) -> int:
    picture = np.full((40, 40, 3), level % 251, np.uint8)
    return store.keep(picture, _line(label, decision), "m", MOMENT)


def _export(store: Store, path: Path, wanted: Wanted = Wanted()) -> Exported:  # noqa: B008
    return write_training_zip(
        lambda last: store.following(last, wanted), str(wanted), store.folder, path, lambda _: None
    )


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_picture_is_of_the_class_that_a_person_said_else_of_what_was_decided(
    tmp_path: Path,
) -> None:
    with Store(tmp_path / "store") as store:
        _keep(store, "Tomato___healthy", "healthy")
        _keep(store, "Tomato___healthy", "healthy")
        _keep(store, "Apple___scab", "unsure")
        _keep(store, "Apple___scab", "not_leaf")
        _keep(store, "Apple___scab", "unsure")
        _keep(store, "Apple___scab", "disease")
        store.correct(2, "Tomato___Late_blight")
        store.correct(3, "Apple___scab")
        store.correct(6, "not_leaf")
        exported = _export(store, tmp_path / "leaves.zip")
        assert exported == Exported(pictures=3, unnamed=3)
        corrected = _export(store, tmp_path / "sure.zip", Wanted(corrected=True))
    assert _names(tmp_path / "leaves.zip") == [
        "Tomato___healthy/record-00000001.jpg",
        "Tomato___Late_blight/record-00000002.jpg",
        "Apple___scab/record-00000003.jpg",
    ]
    assert corrected == Exported(pictures=2, unnamed=1)
    assert {path.name for path in tmp_path.iterdir()} == {"store", "leaves.zip", "sure.zip"}


@pytest.mark.parametrize("name", ["{secret}", "../secret", "pictures/../../secret", "a\0b"])
def test_a_tampered_store_hands_out_no_file_but_its_pictures(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of somebody")
    with Store(tmp_path / "store") as store:
        _keep(store, "Tomato___healthy", "healthy")
        with sqlite3.connect(store.folder / NAME) as database:
            database.execute("UPDATE records SET picture = ?", [name.format(secret=secret)])
        database.close()
        assert _export(store, tmp_path / "leaves.zip") == Exported(gone=1)
    assert _names(tmp_path / "leaves.zip") == []


def test_a_picture_that_is_gone_is_counted(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        for level in range(3):
            _keep(store, "Tomato___healthy", "healthy", level)
        first, second, _ = store.following(0)
        (store.folder / str(first.picture)).unlink()
        (store.folder / str(second.picture)).unlink()
        (store.folder / str(second.picture)).mkdir()
        assert _export(store, tmp_path / "leaves.zip") == Exported(pictures=1, gone=2)


def test_no_records_are_an_empty_zip(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        assert _export(store, tmp_path / "leaves.zip") == Exported()
    assert _names(tmp_path / "leaves.zip") == []


@pytest.mark.parametrize("label", ["../../etc", "/etc", "..", "a/b", ". "])
def test_a_label_from_anywhere_stays_in_the_zip(tmp_path: Path, label: str) -> None:
    with Store(tmp_path / "store") as store:
        _keep(store, label, "disease")
        _export(store, tmp_path / "leaves.zip")
    (name,) = _names(tmp_path / "leaves.zip")
    folder, _, file = name.partition("/")
    assert file == "record-00000001.jpg"
    assert folder not in ("", ".", "..")


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import test_training as t
from pathlib import Path
t.training._LEAST_STEP, t.training._STEP_SHARE = 5, 0.0
store = t.Store(Path(sys.argv[1]))
t.write_training_zip(
    lambda last: store.following(last), "all", store.folder, Path(sys.argv[2]),
    lambda exported: (print(exported.pictures, flush=True), sys.stdin.readline()),
)
"""


def test_killed_at_any_moment_it_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        for level in range(60):
            _keep(store, f"Class___{level % 3}", "disease", level)
    program = PROGRAM.format(tests=str(Path(__file__).parent))

    def export(out: Path, kill_after: int | None) -> list[int]:
        command = [sys.executable, "-c", program, str(tmp_path / "store"), str(out)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdin
            assert process.stdout
            steps = []
            for line in process.stdout:
                steps.append(int(line))
                if len(steps) == kill_after:
                    os.kill(process.pid, signal.SIGKILL)
                else:
                    # Until it is told to, it goes no step further.
                    process.stdin.write("\n")
        return steps

    export(tmp_path / "whole.zip", None)
    out = tmp_path / "killed.zip"
    before = export(out, 2)[-1]
    for _ in range(3):
        after = export(out, 2)
        assert after[0] > before - 5
        before = after[-1]
        assert not out.exists()
    steps = export(out, None)
    assert steps[0] > before
    assert steps[-1] == 60
    assert out.read_bytes() == (tmp_path / "whole.zip").read_bytes()


@pytest.mark.parametrize(
    "break_it",
    [
        lambda growing, rest: rest.write_bytes(b"{}"),
        lambda growing, rest: rest.write_bytes(b""),
        lambda growing, rest: growing.write_bytes(b"short"),
        lambda growing, rest: rest.write_bytes(rest.read_bytes()[:-30]),
        lambda growing, rest: growing.unlink(),
        lambda growing, rest: None,
    ],
    ids=["no progress", "empty", "short zip", "short rest", "no zip", "of other records"],
)
def test_what_cannot_be_gone_on_with_is_begun_anew(
    tmp_path: Path, break_it: Callable[[Path, Path], object]
) -> None:
    out = tmp_path / "leaves.zip"
    with Store(tmp_path / "store") as store:
        for level in range(4):
            _keep(store, "Class___a", "disease", level)
        growing = training._Growing(out)
        growing.grown(list(store.following(0))[:2], store.folder, growing.begun("others"))
        break_it(tmp_path / ".growing-leaves.zip", tmp_path / ".growing-leaves.zip.rest")
        assert _export(store, out) == Exported(pictures=4)
    assert len(_names(out)) == 4


def test_two_at_once_are_kept_apart_and_the_second_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "leaves.zip"
    refused: list[str] = []

    with Store(tmp_path / "store") as store:
        for level in range(3):
            _keep(store, "Class___a", "disease", level)

        def while_it_writes(exported: Exported) -> None:
            with pytest.raises(UserError, match="another export to") as error:
                _export(store, out)
            refused.append(str(error.value))

        write_training_zip(store.following, "all", store.folder, out, while_it_writes)
        assert len(refused) == 1
        assert str(out) in refused[0]
        assert len(_names(out)) == 3
        assert _export(store, out) == Exported(pictures=3)
