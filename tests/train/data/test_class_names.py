from __future__ import annotations

from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.class_names import ClassNames, read_class_names, renamed, require_no_twins
from plant_train.data.labelled import LabelledPictures


def _pictures(root: str, *classes: str) -> LabelledPictures:
    paths = tuple(Path(root) / name / "1.jpg" for name in classes)
    number = len(classes)
    return LabelledPictures(
        classes,
        paths,
        tuple(range(number)),
        ("",) * number,
        (Path(root),) * number,
        (None,) * number,
    )


def _write(tmp_path: Path, text: str) -> Path:
    (tmp_path / "names.csv").write_text(text)
    return tmp_path / "names.csv"


def test_a_table_is_read_and_several_of_theirs_may_be_one_of_ours(tmp_path: Path) -> None:
    file = _write(tmp_path, 'theirs,ours\nrust,Corn___rust\n"rust, late", Corn___rust\n')
    names = read_class_names(file)
    assert names.ours == {"rust": "Corn___rust", "rust, late": "Corn___rust"}
    pictures = renamed(_pictures("x", "healthy", "rust", "rust, late"), names)
    assert pictures.classes == ("Corn___rust", "healthy")
    assert pictures.labels == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: expected the columns theirs,ours, received: nothing"),
        ("ours,theirs\n", "received: ours,theirs"),
        ("theirs,ours\na\n", "line 2: expected two names, received: a"),
        ("theirs,ours\na,b\nc,\n", "line 3: expected two names"),
        ("theirs,ours\na,b\na,c\n", "line 3: a has a line already"),
    ],
)
def test_a_wrong_table_is_told_with_the_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_class_names(_write(tmp_path, text))


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"class names at .*gone\.csv: there is none$"):
        read_class_names(tmp_path / "gone.csv")


def test_a_name_that_no_data_set_has_lists_near_misses() -> None:
    names = ClassNames(Path("names.csv"), {"aple scab": "Apple___scab"})
    with pytest.raises(
        UserError,
        match=r"class aple scab \(did you mean apple scab\?\), .*; they have apple scab, rust$",
    ):
        names.require_known(["apple scab", "rust"])


def test_one_class_written_in_two_ways_is_refused_unless_it_is_meant() -> None:
    one, other = _pictures("one", "Apple___scab"), _pictures("other", "apple scab")
    with pytest.raises(UserError, match=r"^one has a class Apple___scab, other a class apple scab"):
        require_no_twins([one, other], None)
    meant = ClassNames(Path("n.csv"), {"apple scab": "apple scab", "Apple___scab": "Apple___scab"})
    require_no_twins([one, other], meant)
