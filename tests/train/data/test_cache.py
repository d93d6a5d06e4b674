from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry, leaf_picture
from plant_device.contract.picture_file import read_picture
from plant_train.data.cache import CachedPictures, cache_folder, cache_pictures
from plant_train.data.layouts import read_pictures

WriteClassFolders = Callable[[Path, dict[str, int]], None]

GEOMETRY = Geometry(input_side=32, stored_side=36)


@pytest.fixture(autouse=True)
def cold_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PLANT_EDGE_CACHE", str(folder))
    return folder


@pytest.fixture
def data(tmp_path: Path, write_class_folders: WriteClassFolders) -> Path:
    write_class_folders(tmp_path / "data", {"a": 3, "b": 2})
    return tmp_path / "data"


def _cached(root: Path, geometry: Geometry = GEOMETRY) -> CachedPictures:
    return cache_pictures(read_pictures(root), geometry)


def _mark(entry: Path) -> None:
    """Give an entry a content of the right size that no picture decodes to."""
    entry.write_bytes(bytes(entry.stat().st_size))


@pytest.mark.parametrize("geometry", [GEOMETRY, Geometry(input_side=227)])
def test_entries_are_exactly_what_the_contract_makes_of_the_files(
    sample_data: Path, tmp_path: Path, geometry: Geometry
) -> None:
    shutil.copytree(sample_data / "test", tmp_path / "data")
    wide = np.random.default_rng(0).integers(0, 256, (300, 411, 3)).astype(np.uint8)
    folder = next(path for path in sorted((tmp_path / "data").iterdir()) if path.is_dir())
    Image.fromarray(wide).save(folder / "wide.png")
    cached = _cached(tmp_path / "data", geometry)
    assert len(cached) == 33
    for index, path in enumerate(cached.paths):
        expected = leaf_picture(read_picture(path), geometry)
        assert np.array_equal(cached.leaf(index), expected)
        assert cached.leaf(index).dtype == np.uint8


def test_a_second_call_reads_the_entries_and_decodes_nothing(data: Path) -> None:
    for entry in _cached(data).entries:
        _mark(entry)
    again = _cached(data)
    assert not any(again.leaf(index).any() for index in range(len(again)))


def test_renamed_and_moved_files_are_not_decoded_again(data: Path, tmp_path: Path) -> None:
    before = _cached(data)
    for entry in before.entries:
        _mark(entry)
    moved = tmp_path / "elsewhere"
    data.rename(moved)
    for path in sorted(moved.rglob("*.png")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    after = _cached(moved)
    assert after.entries == before.entries
    assert not any(after.leaf(index).any() for index in range(len(after)))


def test_each_stored_side_has_entries_of_its_own(data: Path) -> None:
    small, large = _cached(data), _cached(data, Geometry(32, 40))
    assert small.leaf(0).shape == (36, 36, 3)
    assert large.leaf(0).shape == (40, 40, 3)
    assert set(small.entries).isdisjoint(large.entries)


@pytest.mark.parametrize("kept", [0, 100])
def test_an_entry_that_was_cut_short_is_decoded_again(data: Path, kept: int) -> None:
    cached = _cached(data)
    whole = cached.leaf(1)
    cached.entries[1].write_bytes(whole.tobytes()[:kept])
    assert np.array_equal(_cached(data).leaf(1), whole)


def test_equal_pictures_decoded_at_the_same_time_do_not_disturb_each_other(
    sample_data: Path, tmp_path: Path, cold_cache: Path
) -> None:
    picture = next((sample_data / "train").rglob("*.jpg"))
    for name in ("a", "b"):
        (tmp_path / "copies" / name).mkdir(parents=True)
        for copy in range(8):
            shutil.copy(picture, tmp_path / "copies" / name / f"{copy}.jpg")
    geometry = Geometry(input_side=227)
    expected = leaf_picture(read_picture(picture), geometry)
    for _ in range(30):
        shutil.rmtree(cold_cache, ignore_errors=True)
        cached = _cached(tmp_path / "copies", geometry)
        assert len(set(cached.entries)) == 1
        assert np.array_equal(cached.leaf(0), expected)


def test_nothing_but_entries_stays_in_the_cache(data: Path, cold_cache: Path) -> None:
    cached = _cached(data)
    assert {path for path in cold_cache.rglob("*") if path.is_file()} == set(cached.entries)


def test_what_killed_processes_left_of_an_entry_goes_and_what_a_living_one_writes_stays(
    data: Path, cold_cache: Path
) -> None:
    entry = _cached(data).entries[0]
    entry.unlink()
    # Linux gives no process a larger number than four million.
    dead, alive = (entry.with_name(f"{entry.name}.{pid}-7.partial") for pid in (2**22 + 1, 1))
    for path in (dead, alive):
        path.write_bytes(b"half")
    _cached(data)
    assert entry.is_file()
    assert [path.name for path in cold_cache.rglob("*.partial")] == [alive.name]


@pytest.mark.parametrize("left", [None, b"", b"half"])
def test_an_entry_that_vanishes_behind_our_back_is_named_and_decoded_again(
    data: Path, left: bytes | None
) -> None:
    cached = _cached(data)
    cached.entries[1].unlink()
    if left is not None:
        cached.entries[1].write_bytes(left)
    with pytest.raises(UserError, match=r"^expected .*a/001\.png in the picture cache, .*again$"):
        cached.leaf(1)
    assert _cached(data).leaf(1).shape == cached.leaf(0).shape


def test_a_picture_that_cannot_be_read_is_named(data: Path) -> None:
    (data / "a" / "001.png").write_text("no picture")
    with pytest.raises(UserError, match=r"^expected a JPEG.*a/001\.png, which is none of these; "):
        _cached(data)


def test_several_pictures_that_cannot_be_read_are_counted_and_the_first_is_named(
    data: Path,
) -> None:
    whole = (data / "b" / "001.png").read_bytes()
    (data / "b" / "001.png").write_bytes(whole[: len(whole) // 2])
    (data / "a" / "002.png").write_text("no picture")
    with pytest.raises(
        UserError,
        match=r"^2 of 5 pictures cannot be read; the first: .*a/002\.p.*; "
        r"then .*b/001\.png; plant-train audit lists what cannot be read, and why$",
    ):
        _cached(data)


def test_a_picture_that_is_gone_is_one_of_those_that_cannot_be_read(data: Path) -> None:
    pictures = read_pictures(data)
    (data / "a" / "001.png").unlink()
    (data / "b" / "000.png").write_text("no picture")
    with pytest.raises(
        UserError, match=r"^2 of 5 .*: cannot read .*a/001\.png: No such file .*; t"
    ):
        cache_pictures(pictures, GEOMETRY)


def test_a_picture_of_a_table_that_cannot_be_read_is_named_by_its_line(data: Path) -> None:
    names = ["a/000.png", "a/001.png", "b/000.png", "b/001.png"]
    table = data / "leaves.csv"
    table.write_text("\n".join(["path,label", *(f"{name},{name[0]}" for name in names)]))
    (data / "a" / "001.png").write_text("no picture")
    with pytest.raises(UserError, match=r"^\S*leaves\.csv, line 3: .*received: \S*a/001\.png, "):
        _cached(table)
    for name in names:
        (data / name).write_text("no picture")
    with pytest.raises(UserError, match=r"^4 of 4 .*line 2: expected .*; then .* 3, .* line 4 …; "):
        _cached(table)


def test_the_fingerprint_does_not_depend_on_names_or_their_order(data: Path) -> None:
    before = _cached(data).fingerprint
    for index, path in enumerate(sorted(data.rglob("*.png"), reverse=True)):
        path.rename(path.with_name(f"{index}-new.png"))
    assert _cached(data).fingerprint == before


def test_the_fingerprint_depends_on_labels_and_contents_and_number(data: Path) -> None:
    seen = {_cached(data).fingerprint}
    (data / "a" / "000.png").rename(data / "b" / "moved.png")
    seen.add(_cached(data).fingerprint)
    shutil.copy(data / "b" / "000.png", data / "b" / "twice.png")
    seen.add(_cached(data).fingerprint)
    (data / "b" / "twice.png").unlink()
    Image.new("RGB", (40, 40), "green").save(data / "a" / "001.png")
    seen.add(_cached(data).fingerprint)
    (data / "b").rename(data / "c")
    seen.add(_cached(data).fingerprint)
    assert len(seen) == 5


def test_pictures_keep_their_order_and_labels(data: Path) -> None:
    pictures = read_pictures(data)
    turned = pictures.subset(range(len(pictures))[::-1])
    cached = cache_pictures(turned, GEOMETRY)
    assert cached.paths == pictures.paths[::-1]
    assert cached.labels.tolist() == [1, 1, 0, 0, 0]
    assert np.array_equal(cached.leaf(0), leaf_picture(read_picture(cached.paths[0]), GEOMETRY))


def test_the_cache_lies_where_the_environment_says_or_in_the_users_cache_folder(
    cold_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == cold_cache
    monkeypatch.delenv("PLANT_EDGE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / "plant-edge" / "leaf-pictures"
