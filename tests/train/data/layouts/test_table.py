from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.labelled import merged, require_two_classes, with_classes_of
from plant_train.data.layouts import read_pictures

WriteClassFolders = Callable[[Path, dict[str, int]], None]


@pytest.fixture
def folder(tmp_path: Path, write_class_folders: WriteClassFolders) -> Path:
    write_class_folders(tmp_path / "pictures", {"a": 3, "b": 2})
    (tmp_path / "tables").mkdir()
    return tmp_path


def _table(folder: Path, *lines: str, ending: str = "\n") -> Path:
    file = folder / "leaves.csv"
    file.write_bytes(ending.join(lines).encode())
    return file


def test_paths_start_from_the_tables_folder_and_labels_are_sorted_classes(folder: Path) -> None:
    pictures = read_pictures(
        _table(
            folder,
            "path,label,group",
            "pictures/b/000.png,rust,plant 7",
            '"pictures/a/000.png","blight, late",',
            "pictures/a/001.png,rust,plant 7",
        )
    )
    assert pictures.classes == ("blight, late", "rust")
    assert pictures.labels == (1, 0, 1)
    assert pictures.groups == ("plant 7", "", "plant 7")
    assert pictures.names == ("pictures/b/000.png", "pictures/a/000.png", "pictures/a/001.png")
    assert all(path.is_file() for path in pictures.paths)


def test_pictures_may_lie_beside_the_tables_folder_and_anywhere(folder: Path) -> None:
    elsewhere = folder / "pictures" / "b" / "001.png"
    table = _table(
        folder / "tables", "path,label", "../pictures/a/000.png,a", f"{elsewhere.absolute()},b"
    )
    pictures = read_pictures(table)
    assert pictures.names == ("../pictures/a/000.png", "../pictures/b/001.png")
    assert pictures.paths[1] == elsewhere


def test_what_spreadsheets_write_is_understood(folder: Path) -> None:
    table = _table(
        folder, "\ufeffpath,label", "pictures/a/000.png, a ", "pictures/b/000.png,b", ending="\r\n"
    )
    assert read_pictures(table).classes == ("a", "b")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([""], "line 1: expected the columns path,label or path,label,group, .*: nothing$"),
        (["path;label"], "line 1: .* separated by commas, received: 'path;label'$"),
        (["path\tlabel"], r"separated by commas, received: 'path\\tlabel'$"),
        (["file,class"], "line 1: expected the columns path,label or .* received: 'file,class'$"),
        (["path,label,gruop"], "received: 'path,label,gruop'$"),
        (["path,label"], "received a header alone$"),
        (["path,label", "pictures/a/000.png,a", "pictures/a/9.png,a"], "line 3: expected a pictur"),
        (["path,label", "pictures/a/000.png"], "line 2: expected 2 values separated by commas"),
        (["path,label", "pictures/a/000.png,a,b"], "line 2: expected 2 values"),
        (["path,label", "pictures/a/000.png,"], "line 2: expected a label of at most 200 printab"),
        (["path,label", f"pictures/a/000.png,{'x' * 201}"], "line 2: expected a label of at most"),
        (["path,label", "pictures/a/000.png,a\tb"], "line 2: expected a label"),
        (["path,label", ",a"], "line 2: expected a path"),
        (["path,label", "notes.txt,a"], "line 2: expected the name of a picture"),
        (["path,label", f"{'x' * 5000}.png,a"], "line 2: expected a path of at most 4096"),
        (
            ["path,label", f"{'x' * 300}.png,a"],
            "line 2: expected a picture, cannot look at .* too lo",
        ),
        (["path,label", '"pictures/a/000.png,a'], "after line 1: unexpected end of data"),
        (
            ["path,label", "pictures/a/000.png,a", "pictures/b/000.png,b", "pictures/a/000.png,b"],
            "line 4: pictures/a/000.png stands in line 2 already, as .* and not as .*$",
        ),
    ],
)
def test_a_wrong_line_is_told_with_its_number(
    folder: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        read_pictures(_table(folder, *lines))


def test_what_is_wrong_with_a_whole_table_is_told_with_its_name(folder: Path) -> None:
    pictures = read_pictures(
        _table(folder, "path,label", "pictures/a/000.png,a", "pictures/b/000.png,rust")
    )
    with pytest.raises(UserError, match=r"leaves\.csv has classes .*: rust in line 3; expected a"):
        with_classes_of(pictures, ("a", "blight"))
    alone = read_pictures(_table(folder, "path,label", "pictures/a/000.png,a"))
    with pytest.raises(UserError, match=r"^expected at least two classes in \S*leaves\.csv, "):
        require_two_classes(merged([alone, alone.subset([0])]))


def test_a_table_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "leaves.csv").write_bytes(b"path,label\n\xff\xfe.png,a\n")
    with pytest.raises(UserError, match="expected a table in UTF-8"):
        read_pictures(folder / "leaves.csv")
