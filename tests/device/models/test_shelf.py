import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_device.models.history import Installed, rolled_back
from plant_device.models.shelf import Shelf


def _put(shelf: Shelf, content: bytes, keep: int = 3) -> Installed:
    model = Installed(
        sha256=hashlib.sha256(content).hexdigest(),
        name="leaves",
        version="1",
        bytes=len(content),
        installed_at=datetime.now(timezone.utc),
    )
    with shelf.incoming() as path:
        path.write_bytes(content)
        shelf.put(path, model, keep)
    return model


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_what_is_put_is_current_under_its_sha256(models: Path) -> None:
    shelf = Shelf(models)
    first, second = _put(shelf, b"first"), _put(shelf, b"second")
    assert shelf.history().models == (second, first)
    assert [shelf.path(model).read_bytes() for model in (first, second)] == [b"first", b"second"]
    assert _files(models) == {
        "shelf.json", f"{first.sha256}.tflite", f"{second.sha256}.tflite"
    }  # fmt: skip


def test_files_that_are_not_listed_go_and_those_of_others_stay(models: Path) -> None:
    shelf = Shelf(models)
    first = _put(shelf, b"first")
    (models / "leaves.tflite").write_text("mine")
    (models / f"{'e' * 64}.tflite").write_text("left by one that was killed")
    second, third = _put(shelf, b"second", keep=2), _put(shelf, b"third", keep=2)
    kept = {f"{model.sha256}.tflite" for model in (second, third)}
    assert _files(models) == {"shelf.json", "leaves.tflite", *kept}
    assert not shelf.path(first).exists()


def test_a_damaged_file_is_mended_by_installing_it_again(models: Path) -> None:
    shelf = Shelf(models)
    model = _put(shelf, b"sound")
    shelf.path(model).write_bytes(b"s0und")
    _put(shelf, b"sound")
    assert shelf.path(model).read_bytes() == b"sound"


def test_of_two_at_once_the_second_is_told_to_wait(models: Path) -> None:
    shelf = Shelf(models)
    with shelf.incoming() as path:
        path.write_bytes(b"half")
        with (
            pytest.raises(UserError, match=f"another model is being installed in {models}"),
            Shelf(models).incoming(),
        ):
            pass
        assert path.read_bytes() == b"half"
    assert _files(models) == set()
    _put(shelf, b"whole")


def test_what_a_killed_one_left_is_gone_before_the_next(models: Path) -> None:
    (models / ".incoming").mkdir(parents=True)
    (models / ".incoming" / "model.tflite").write_text("half")
    with Shelf(models).incoming() as path:
        assert not path.exists()


def test_a_list_that_cannot_be_written_leaves_all_as_it_was(models: Path) -> None:
    shelf = Shelf(models)
    first = _put(shelf, b"first")
    # In the place of what is renamed to the list: root may write where others may not.
    in_the_way = models / f".partial-{os.getpid()}-shelf.json"
    in_the_way.mkdir()
    with pytest.raises(OSError, match=r"shelf\.json"):
        _put(shelf, b"second")
    assert shelf.history().models == (first,)
    assert _files(models) == {"shelf.json", f"{first.sha256}.tflite"}
    in_the_way.rmdir()
    _put(shelf, b"second")


def test_each_change_of_the_list_changes_its_stamp(models: Path) -> None:
    shelf = Shelf(models)
    assert shelf.stamp() is None
    _put(shelf, b"first")
    stamps = [shelf.stamp()]
    _put(shelf, b"second")
    stamps.append(shelf.stamp())
    shelf.change(rolled_back)
    stamps.append(shelf.stamp())
    assert len(set(stamps)) == 3
    shelf.change(lambda history: history)
    assert shelf.stamp() == stamps[-1], "what does not change is not written"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: path.unlink(), r"no shelf\.json in"),
        (lambda path: path.write_text(path.read_text()[:40]), "is damaged, or a newer"),
        (lambda path: path.write_text(path.read_text().replace(": 1,", ": 2,")), "newer"),
        (lambda path: path.write_bytes(b"\xff\0"), "is damaged"),
    ],
    ids=["missing", "cut", "newer", "noise"],
)
def test_a_list_that_cannot_be_read_is_one_line(
    models: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    shelf = Shelf(models)
    _put(shelf, b"first")
    damage(models / "shelf.json")
    with pytest.raises(UserError, match=sentence):
        shelf.history()
