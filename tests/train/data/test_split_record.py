from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.layouts import TrainingData, read_training_data
from plant_train.data.split import Split
from plant_train.data.split_record import (
    SplitRecord,
    apply_split,
    read_split_record,
    record_of,
    recorded_split,
)

WriteClassFolders = Callable[[Path, dict[str, int]], None]


@pytest.fixture
def data(tmp_path: Path, write_class_folders: WriteClassFolders) -> TrainingData:
    """Two data sets; the second calls a class otherwise than its folder."""
    write_class_folders(tmp_path / "one", {"a": 3, "b": 2})
    write_class_folders(tmp_path / "two" / "pictures", {"x": 2})
    (tmp_path / "two" / "t.csv").write_text(
        "path,label,group\npictures/x/000.png,b,leaf 1\npictures/x/001.png,b,leaf 1\n"
    )
    return read_training_data([tmp_path / "one", tmp_path / "two" / "t.csv"])


def _split(data: TrainingData) -> Split:
    return Split(data.training.subset([0, 1, 3, 5, 6]), data.training.subset([2, 4]))


def test_a_split_comes_back_from_its_file_where_the_data_lie_now(
    data: TrainingData, tmp_path: Path
) -> None:
    file = tmp_path / "split.json"
    file.write_text(record_of(_split(data), data.roots).model_dump_json())
    for place in (file, tmp_path):
        record = read_split_record(place)
        assert apply_split(record, data.training, data.roots) == _split(data)
        assert recorded_split(record, data.roots, ("a", "b")) == _split(data)
    moved = recorded_split(record, [Path("here"), Path("there")], ("a", "b"))
    assert moved.training.paths[-1] == Path("there/pictures/x/001.png")
    assert moved.training.labels == (0, 0, 1, 1, 1)
    assert moved.training.groups == ("", "", "", "leaf 1", "leaf 1")


def test_other_pictures_than_those_of_the_split_are_refused(data: TrainingData) -> None:
    record = record_of(_split(data), data.roots)
    fewer = data.training.subset([0, 1, 2, 3, 4, 6])
    with pytest.raises(
        UserError, match=r"^1 pictures of the split are missing, .*x/000\.png; give"
    ):
        apply_split(record, fewer, data.roots)
    less = SplitRecord(training=record.training[1:], validation=record.validation)
    with pytest.raises(UserError, match=r"^1 pictures are not in the split but in .*a/000\.png;"):
        apply_split(less, data.training, data.roots)


def test_a_split_of_more_data_sets_or_classes_than_there_are_is_refused(
    data: TrainingData,
) -> None:
    record = record_of(_split(data), data.roots)
    with pytest.raises(UserError, match=r"in class b of data set 2, which these 1 data"):
        recorded_split(record, data.roots[:1], ("a", "b"))
    with pytest.raises(UserError, match="data sets of 1 classes do not have: give the data"):
        recorded_split(record, data.roots, ("a",))


def test_what_is_no_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^expected a run folder or a split\.json at .*: missing$"):
        read_split_record(tmp_path)
    (tmp_path / "recipe.toml").touch()
    with pytest.raises(UserError, match=r"^expected a run folder or a split\.json, received: "):
        read_split_record(tmp_path / "recipe.toml")
    (tmp_path / "split.json").write_text('{"training": ["a.jpg"], "validation": []}')
    with pytest.raises(UserError, match=r"is not what this version writes, at training\.0"):
        read_split_record(tmp_path)
