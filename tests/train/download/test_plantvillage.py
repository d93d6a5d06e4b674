"""PlantVillage from a hub, folders, archives and shards; damaged and hostile ones too."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_site import Answer, Site
from hypothesis import given
from hypothesis import strategies as st
from small_plantvillage import (
    LEAVES_OF_THE_PICTURES,
    PICTURES,
    TEST,
    TRAIN,
    expected_pictures,
    lists,
    published_files,
    tree,
    write_files,
    write_shard,
    zipped,
)

from plant_device.contract.errors import UserError
from plant_train.data.layouts import read_class_folders
from plant_train.download.fetch import RemoteFile
from plant_train.download.plantvillage.install import Installed, download_plantvillage
from plant_train.download.plantvillage.leaves import leaf_key, leaf_of, part_by_leaf
from plant_train.download.plantvillage.release import PLANTVILLAGE, Release

OFFICIAL = Installed("official", {"train": len(TRAIN), "test": len(TEST)}, 3)


def _release(site: Site) -> Release:
    """The small data set as the hub serves the real one."""
    archive = zipped(published_files())
    files = {**lists(), "data.zip": archive}
    return Release(
        {
            path: RemoteFile(
                (site.add(f"/hub/{path}", content),), hashlib.sha256(content).hexdigest(), 1 << 24
            )
            for path, content in files.items()
        },
        {"train": len(TRAIN), "test": len(TEST)},
    )


def _pictures(out: Path) -> dict[str, bytes]:
    return {path: content for path, content in tree(out).items() if path.count("/") == 2}


def _alone(out: Path) -> None:
    """Nothing of the work is left beside the result."""
    assert [path.name for path in out.parent.iterdir() if "partial" in path.name] == []


def test_the_hub_gives_the_official_split_with_the_bytes_and_names_as_they_are(
    site: Site, tmp_path: Path
) -> None:
    out = tmp_path / "leaves"
    assert download_plantvillage(out, release=_release(site)) == OFFICIAL
    assert _pictures(out) == expected_pictures()
    assert json.loads((out / "leaf-map.json").read_text()) == LEAVES_OF_THE_PICTURES
    assert {path.name for path in out.iterdir()} == {
        "train", "test", "leaf-map.json", "download.json"
    }  # fmt: skip
    _alone(out)
    assert len(read_class_folders(out / "train")) == len(TRAIN)


def test_the_second_call_asks_nobody(site: Site, tmp_path: Path) -> None:
    release = _release(site)
    download_plantvillage(tmp_path / "leaves", release=release)
    asked = len(site.requests)
    assert download_plantvillage(tmp_path / "leaves", release=release) == OFFICIAL
    assert len(site.requests) == asked


def test_a_broken_off_download_goes_on_where_it_was(site: Site, tmp_path: Path) -> None:
    release = _release(site)
    gone = Answer(status=404, body=b"gone")
    site.answers["/hub/data.zip"] += [Answer(cut_after=3000), gone]
    with pytest.raises(UserError, match=r"cannot download data\.zip: .* answers 404"):
        download_plantvillage(tmp_path / "leaves", release=release)
    assert not (tmp_path / "leaves").exists()
    asked = len(site.requests)
    assert download_plantvillage(tmp_path / "leaves", release=release) == OFFICIAL
    assert [request.path for request in site.requests[asked:]] == ["/hub/data.zip"]
    assert site.ranges[-1] == "bytes=3000-"


def _clone_of_the_hub(tmp_path: Path) -> Path:
    files = {**lists(), "data.zip": zipped(published_files()), ".git/raw/color/a/b.jpg": b"x"}
    return write_files(tmp_path / "brought", files)


def _folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "brought", {**published_files(), **lists()})


def _zip(tmp_path: Path) -> Path:
    # As GitHub packs a branch: all in one folder.
    files = {f"PlantVillage-Dataset-master/{path}": data for path, data in lists().items()}
    files |= published_files("PlantVillage-Dataset-master/")
    return write_files(tmp_path, {"brought": zipped(files)}) / "brought"


def _shards(tmp_path: Path) -> Path:
    write_shard(tmp_path / "test-of-mine" / "train-00000-of-00002.parquet", TRAIN[:4])
    write_shard(tmp_path / "test-of-mine" / "train-00001-of-00002.parquet", TRAIN[4:])
    write_shard(tmp_path / "test-of-mine" / "test-00000-of-00001.parquet", TEST)
    return tmp_path / "test-of-mine"


def _converted_shards(tmp_path: Path) -> Path:
    # The layout of the hub's own conversion.
    write_shard(tmp_path / "color" / "train" / "0000.parquet", TRAIN)
    write_shard(tmp_path / "color" / "test" / "0000.parquet", TEST)
    return tmp_path / "color"


@pytest.mark.parametrize("bring", [_clone_of_the_hub, _folder, _zip, _shards, _converted_shards])
def test_every_form_that_can_be_brought_gives_the_same(
    tmp_path: Path, bring: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "leaves"
    assert download_plantvillage(out, str(bring(tmp_path))) == OFFICIAL
    assert _pictures(out) == expected_pictures()
    assert json.loads((out / "leaf-map.json").read_text()) == LEAVES_OF_THE_PICTURES
    said = capsys.readouterr().err
    assert "train has 6 pictures, 43,596 are published" in said
    assert "test has 3 pictures, 10,709 are published" in said
    assert "licence: stated differently" in said


def test_another_address_is_taken_instead_and_recorded_without_its_password(
    site: Site, tmp_path: Path
) -> None:
    url = site.add("/my/copy.zip", _zip(tmp_path).read_bytes())
    out = tmp_path / "leaves"
    given = url.replace("http://", "http://me:secret@")
    assert download_plantvillage(out, given) == OFFICIAL
    assert json.loads((out / "download.json").read_text())["source"] == url


def test_archives_of_two_addresses_are_not_taken_for_each_other(site: Site, tmp_path: Path) -> None:
    without_pictures = site.add("/first/data.zip", zipped({"readme": b"nothing"}))
    right = site.add("/second/data.zip", _zip(tmp_path).read_bytes())
    with pytest.raises(UserError, match=r"received 0$"):
        download_plantvillage(tmp_path / "leaves", without_pictures)
    assert download_plantvillage(tmp_path / "leaves", right) == OFFICIAL


def test_shards_without_file_names_keep_their_leaves(tmp_path: Path) -> None:
    for part, pictures in (("train", TRAIN), ("test", TEST)):
        write_shard(tmp_path / "shards" / f"{part}-0.parquet", pictures, named=False)
    out = tmp_path / "leaves"
    assert download_plantvillage(out, str(tmp_path / "shards")) == OFFICIAL
    leaves = json.loads((out / "leaf-map.json").read_text())
    found = {leaf_of(path.parent.name, path.name, leaves) for path in out.rglob("*.jpg")}
    assert found == {None, *(ids[0] for ids in LEAVES_OF_THE_PICTURES.values())}
    assert sorted(_pictures(out).values()) == sorted(expected_pictures().values())


def test_without_lists_no_leaf_is_on_both_sides_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = published_files() | {"leaf-map.json": lists()["leaf_grouping/leaf-map.json"]}
    installed = download_plantvillage(
        tmp_path / "leaves", str(write_files(tmp_path / "clone", files))
    )
    assert installed.split == "by leaf"
    assert sum(installed.pictures.values()) == len(PICTURES)
    assert "which is not the official split" in capsys.readouterr().err
    parts = {path.parts[-3] for path in (tmp_path / "leaves").rglob("*RS_HL 997*.JPG")}
    assert len(parts) == 1


@given(st.lists(st.integers(0, 30), min_size=40, max_size=40))
def test_our_split_keeps_leaves_together(numbers: list[int]) -> None:
    parts: dict[int, set[str]] = {}
    for place, leaf in enumerate(numbers):
        part = part_by_leaf("Tomato___healthy", f"{place}.jpg", f"Tomato___healthy:::{leaf}")
        parts.setdefault(leaf, set()).add(part)
    assert all(len(sides) == 1 for sides in parts.values())


def test_our_split_leaves_a_fifth_for_testing() -> None:
    parts = [part_by_leaf("a", f"x___{place}.jpg", None) for place in range(2000)]
    assert 0.17 < parts.count("test") / 2000 < 0.23


def test_repeats_of_an_unmapped_leaf_stay_together() -> None:
    for leaf in range(50):
        names = [f"a___GH_HL Leaf {leaf}.JPG", f"b___GH_HL Leaf {leaf}.1.JPG"]
        assert len({part_by_leaf("Tomato___healthy", name, None) for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("f9c1___RS_HL 9973.JPG", "rs_hl 9973"),
        ("RS_Rust 1564 copy.jpg", "rs_rust 1564"),
        ("f9c1___RS_HL 9973_final_masked.jpg", "rs_hl 9973"),
        ("a___b___GH_HL Leaf 259.1.JPG", "gh_hl leaf 259.1"),
    ],
)
def test_pictures_have_the_keys_of_the_authors_leaf_map(name: str, key: str) -> None:
    assert leaf_key(name) == key


def test_listed_pictures_that_are_missing_and_others_that_are_not_listed_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _folder(tmp_path)
    (source / "raw/color" / TRAIN[0][0] / TRAIN[0][1]).unlink()
    (source / "raw/color" / TRAIN[0][0] / "new.jpg").write_bytes(b"new")
    installed = download_plantvillage(tmp_path / "leaves", str(source))
    assert installed.pictures == {"train": len(TRAIN) - 1, "test": len(TEST)}
    said = capsys.readouterr().err
    assert "1 of 9 listed pictures are missing in " in said
    assert "1 pictures of " in said
    assert not list((tmp_path / "leaves").rglob("new.jpg"))


def test_another_source_does_not_mix_with_the_pictures_of_the_first(tmp_path: Path) -> None:
    label, name = TRAIN[0]
    first = {"source.txt": b"elsewhere", f"data/test/{label}/{name}": b"x"}
    write_files(tmp_path / ".leaves.partial", first)
    download_plantvillage(tmp_path / "leaves", str(_folder(tmp_path)))
    assert _pictures(tmp_path / "leaves") == expected_pictures()


def test_pictures_that_are_written_are_not_written_again(site: Site, tmp_path: Path) -> None:
    source = _folder(tmp_path)
    label, name = TRAIN[0]
    content = expected_pictures()[f"train/{label}/{name}"]
    mark = bytes(len(content))
    staging = tmp_path / ".leaves.partial"
    write_files(
        staging,
        {
            "source.txt": str(source).encode(),
            f"data/train/{label}/{name}": mark,
            # Of a power cut: too short to be whole.
            f"data/train/{TRAIN[1][0]}/{TRAIN[1][1]}": b"",
        },
    )
    download_plantvillage(tmp_path / "leaves", str(source))
    written = _pictures(tmp_path / "leaves")
    assert written == expected_pictures() | {f"train/{label}/{name}": mark}


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    write_files(tmp_path / "mine", {"thesis.txt": b"mine"})
    with pytest.raises(UserError, match="exists and is no download of this command"):
        download_plantvillage(tmp_path / "mine", str(_folder(tmp_path)))
    assert tree(tmp_path / "mine") == {"thesis.txt": b"mine"}


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "leaves").mkdir()
    assert download_plantvillage(tmp_path / "leaves", str(_folder(tmp_path))) == OFFICIAL


def _refused(tmp_path: Path, source: Path) -> str:
    out = tmp_path / "leaves"
    with pytest.raises(UserError) as refusal:
        download_plantvillage(out, str(source))
    assert not out.exists()
    assert not (tmp_path / "stolen.jpg").exists()
    return str(refusal.value)


@pytest.mark.parametrize(
    "name",
    [
        "../../../stolen.jpg",
        "raw/color/../../../stolen.jpg",
        "/raw/color/a/stolen.jpg",
        "raw/color/a/..\\stolen.jpg",
        "raw/color/../stolen.jpg",
    ],
)
def test_an_archive_that_reaches_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"bad.zip": zipped(published_files() | {name: b"stolen"})})
    assert "damaged or hostile" in _refused(tmp_path, tmp_path / "bad.zip")


@pytest.mark.parametrize("label", [".hidden", "x" * 230])
def test_names_that_are_not_plain_are_refused(tmp_path: Path, label: str) -> None:
    files = published_files() | {f"raw/color/{label}/a.jpg": b"x"}
    write_files(tmp_path, {"bad.zip": zipped(files)})
    assert "expected plain names" in _refused(tmp_path, tmp_path / "bad.zip")


def test_a_picture_that_unpacks_to_more_than_a_picture_has_is_refused(tmp_path: Path) -> None:
    bomb = zipped(published_files() | {"raw/color/a/bomb.jpg": bytes(17 << 20)})
    assert len(bomb) < 100_000
    write_files(tmp_path, {"bomb.zip": bomb})
    assert "expected at most 16,777,216 bytes" in _refused(tmp_path, tmp_path / "bomb.zip")


def test_an_archive_that_unpacks_to_more_than_a_data_set_has_is_refused(tmp_path: Path) -> None:
    names = [f"raw/color/a/{number}.jpg" for number in range(5)]
    content = bytearray(zipped(dict.fromkeys(names, b"x")))
    # The unpacked size in the directory's entries: as if each had 4 GB.
    for name in names:
        entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
        content[entry + 24 : entry + 28] = struct.pack("<I", 0xFFFFFFFE)
    write_files(tmp_path, {"bad.zip": bytes(content)})
    assert "at most 17,179,869,184 bytes together" in _refused(tmp_path, tmp_path / "bad.zip")


def test_a_damaged_picture_in_an_archive_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("raw/color/a/b.jpg", b"x" * 1000)
    damaged = (tmp_path / "bad.zip").read_bytes().replace(b"x" * 1000, b"x" * 999 + b"y")
    (tmp_path / "bad.zip").write_bytes(damaged)
    assert "cannot read raw/color/a/b.jpg in " in _refused(tmp_path, tmp_path / "bad.zip")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"readme.txt": b"nothing"}, "pictures in raw/color/CLASS/ of .*, received 0"),
        (published_files() | {"leaf-map.json": b"[1]"}, "expected a leaf map"),
        (published_files() | {"leaf-map.json": b'{"a": "b"}'}, "expected a leaf map"),
        (
            published_files() | lists() | {"splits/color_test.txt": b"nonsense\n"},
            "expected lines like raw/color/CLASS/PICTURE",
        ),
        (
            published_files() | lists()
            | {"splits/color_test.txt": lists()["splits/color_train.txt"]},
            "expected split lists without a common picture in .*, received 6 in both",
        ),
        (
            {"raw/color/a/b.jpg": b"x"} | lists(),
            "expected pictures that the split lists of .* name, received none",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_in_one_line(
    tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    source = write_files(tmp_path / "brought", files)
    with pytest.raises(UserError, match=reason):
        download_plantvillage(tmp_path / "leaves", str(source))


def test_nothing_and_foreign_files_are_told(tmp_path: Path) -> None:
    assert "there is nothing" in _refused(tmp_path, tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
    write_files(tmp_path, {"notes.zip": b"not a zip", "notes.parquet": b"PAR1 nor parquet"})
    assert "expected a whole zip archive" in _refused(tmp_path, tmp_path / "notes.zip")
    assert "expected a whole parquet file" in _refused(tmp_path, tmp_path / "notes.parquet")


def test_a_shard_that_is_neither_train_nor_test_is_told(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "shards" / "0.parquet", TRAIN)
    assert "expected `train` or `test`" in _refused(tmp_path, shard)


def test_a_shard_that_was_cut_is_told(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "train-0.parquet", TRAIN)
    shard.write_bytes(shard.read_bytes()[:-100])
    assert "expected a whole parquet file" in _refused(tmp_path, shard)


def test_two_pictures_of_one_name_are_told(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "train-0.parquet", [TRAIN[0], TRAIN[0]])
    assert "expected names of their own, received two train/" in _refused(tmp_path, shard)


def test_the_published_release_is_pinned() -> None:
    assert PLANTVILLAGE.counts == {"train": 43_596, "test": 10_709}
    for remote in PLANTVILLAGE.files.values():
        assert remote.sha256 is not None
        assert len(remote.sha256) == 64
        assert all(
            "/resolve/9e97599868962bd0079b8db4b7f1efa9185fa1e7/" in url for url in remote.urls
        )
