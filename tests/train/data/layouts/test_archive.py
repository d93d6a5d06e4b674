import subprocess
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.cache import cache_folder
from plant_train.data.layouts import read_training_data
from plant_train.data.layouts.archive import unpacked

WriteClassFolders = Callable[[Path, dict[str, int]], None]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


@pytest.fixture
def leaves(tmp_path: Path, write_class_folders: WriteClassFolders) -> Path:
    write_class_folders(tmp_path / "leaves", {"a": 2, "b": 3})
    (tmp_path / "leaves" / "notes.txt").write_text("not taken")
    return _zipped(tmp_path / "leaves", tmp_path / "leaves.zip")


def test_a_zip_is_read_as_the_folder_that_it_was(leaves: Path, tmp_path: Path) -> None:
    packed, folder = read_training_data([leaves]), read_training_data([tmp_path / "leaves"])
    assert packed.pictures.classes == folder.pictures.classes == ("a", "b")
    assert packed.pictures.names == folder.pictures.names
    for one, other in zip(packed.pictures.paths, folder.pictures.paths, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert not list(unpacked(leaves).rglob("notes.txt"))


def test_it_is_unpacked_once_by_its_content(leaves: Path, tmp_path: Path) -> None:
    folder = unpacked(leaves)
    assert folder.is_relative_to(cache_folder())
    moved = leaves.rename(tmp_path / "moved.ZIP")
    picture = next(folder.rglob("*.png"))
    before = picture.stat().st_mtime_ns
    assert unpacked(moved) == folder
    assert picture.stat().st_mtime_ns == before


def test_what_is_no_zip_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "folder.zip").mkdir()
    for place in (tmp_path, tmp_path / "folder.zip", tmp_path / "none.zip"):
        assert unpacked(place) == place


@pytest.mark.parametrize("name", ["../outside.jpg", "/etc/outside.jpg", "a/../../outside.jpg"])
def test_a_file_that_would_lie_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(UserError, match="lies outside of it"):
        unpacked(path)
    assert not list(tmp_path.parent.rglob("outside.jpg"))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/zeros.jpg", bytes(300 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(UserError, match="at most 256 MiB"):
        unpacked(path)


def test_damage_is_one_line_and_leaves_nothing(leaves: Path, tmp_path: Path) -> None:
    content = bytearray(leaves.read_bytes())
    (tmp_path / "short.zip").write_bytes(content[: len(content) // 2])
    content[200:240] = bytes(40)
    (tmp_path / "damaged.zip").write_bytes(content)
    (tmp_path / "text.zip").write_text("not a zip")
    for name in ("short", "damaged", "text"):
        with pytest.raises(UserError, match="expected a zip of class folders"):
            unpacked(tmp_path / f"{name}.zip")
    assert not list((cache_folder() / "unpacked").glob(".partial-*"))


def test_the_command_takes_it(leaves: Path, warm_train: Command) -> None:
    audited = warm_train("audit", leaves, "--json")
    assert audited.returncode == 0, audited.stderr
    assert '"pictures":5' in audited.stdout.replace(" ", "")


@pytest.mark.parametrize(
    "names",
    [["a/1.png", "a/1.png"], ["a/1.png", "a/1.png/2.png"], [f"a/{'1' * 300}.png"]],
    ids=["a name twice", "a file that is a folder", "a name that no disk takes"],
)
def test_names_that_cannot_be_unpacked_are_refused(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            archive.writestr(name, b"x")
    with pytest.raises(UserError, match=r"names\.zip has a file that cannot be unpacked: 'a/1"):
        unpacked(path)
    assert not list((cache_folder() / "unpacked").glob(".partial-*"))


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_packing_that_may_ask_for_any_memory_is_refused(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("a/1.png", b"x" * 1000)
    with pytest.raises(UserError, match=r"packed by deflate, .* unpack it, and name the folder"):
        unpacked(path)


def test_a_member_that_lies_before_the_zip_is_refused(leaves: Path) -> None:
    content = bytearray(leaves.read_bytes())
    entry = content.index(b"PK\1\2")
    # A directory that seems to begin later than it does moves every member to the left.
    end = content.rindex(b"PK\5\6")
    content[end + 16 : end + 20] = (len(content)).to_bytes(4, "little")
    assert entry < end
    leaves.write_bytes(content)
    with pytest.raises(UserError, match="expected a zip of class folders"):
        unpacked(leaves)


def test_a_member_without_a_name_is_left_in_the_zip(leaves: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(leaves, "a") as archive:
        archive.writestr("0", b"x")
    content = leaves.read_bytes()
    local, entry = content.rindex(b"PK\3\4"), content.rindex(b"PK\1\2")
    named = content.rindex(b"0", entry)
    nameless = bytearray(content[:named] + content[named + 1 :])
    nameless[entry + 28 : entry + 30] = bytes(2)
    end = nameless.rindex(b"PK\5\6")
    size = int.from_bytes(nameless[end + 12 : end + 16], "little") - 1
    nameless[end + 12 : end + 16] = size.to_bytes(4, "little")
    assert local < entry
    leaves.write_bytes(nameless)
    assert zipfile.ZipFile(leaves).namelist()[-1] == ""
    assert len(list(unpacked(leaves).rglob("*.png"))) == 5
