from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_convert.calibration import balanced_indices, representative_pictures
from plant_device.contract.geometry import Geometry, centre_crop
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.layouts import read_pictures

WriteClassFolders = Callable[[Path, dict[str, int]], None]

LABELS = st.lists(st.integers(0, 6), min_size=1, max_size=80).map(np.array)


@given(LABELS, st.integers(1, 100), st.integers(0, 2**31))
def test_each_picture_is_chosen_once_and_as_many_as_asked_or_all(
    labels: np.ndarray, count: int, seed: int
) -> None:
    chosen = balanced_indices(labels, count, seed)
    assert len(chosen) == len(set(chosen)) == min(count, len(labels))
    assert set(chosen) <= set(range(len(labels)))


@given(LABELS, st.integers(1, 100), st.integers(0, 2**31))
def test_a_class_has_fewer_than_another_by_more_than_one_only_if_it_has_no_more(
    labels: np.ndarray, count: int, seed: int
) -> None:
    chosen = Counter(labels[balanced_indices(labels, count, seed)].tolist())
    available = Counter(labels.tolist())
    most = max(chosen.values())
    for label in available:
        assert chosen[label] >= most - 1 or chosen[label] == available[label]


def test_the_choice_depends_on_the_seed_and_is_shuffled() -> None:
    labels = np.repeat(np.arange(4), 30)
    choices = [balanced_indices(labels, 40, seed) for seed in range(5)]
    assert balanced_indices(labels, 40, 0) == choices[0]
    assert len({tuple(choice) for choice in choices}) == 5
    # Neither sorted, nor class after class, nor the classes in turn.
    first = labels[choices[0]].tolist()
    assert first != sorted(first)
    assert first != [0, 1, 2, 3] * 10


@pytest.fixture(scope="module")
def pictures(
    tmp_path_factory: pytest.TempPathFactory, write_class_folders: WriteClassFolders
) -> CachedPictures:
    root = tmp_path_factory.mktemp("calibration")
    write_class_folders(root, {"a": 6, "b": 2})
    return cache_pictures(read_pictures(root), Geometry(32, 36))


def test_they_are_what_the_device_would_see_of_training_pictures(pictures: CachedPictures) -> None:
    crops = {
        centre_crop(pictures.leaf(index), pictures.geometry).tobytes(): int(pictures.labels[index])
        for index in range(len(pictures))
    }
    chosen = representative_pictures(pictures, 5)
    assert len(chosen) == 5
    labels = [crops[picture.tobytes()] for picture in chosen[1:]]
    assert set(labels) == {0, 1}
    # All but two corner pixels of the first one.
    first = [np.frombuffer(crop, np.uint8).reshape(32, 32, 3) for crop in crops]
    assert min(int((chosen[0] != crop).any(axis=2).sum()) for crop in first) <= 2


def test_the_first_one_has_the_whole_range_of_pixels(pictures: CachedPictures) -> None:
    first = representative_pictures(pictures, 8)[0]
    assert first.min() == 0
    assert first.max() == 255


def test_the_cached_pictures_are_not_changed_by_it(pictures: CachedPictures) -> None:
    before = [pictures.leaf(index).tobytes() for index in range(len(pictures))]
    representative_pictures(pictures, 8)
    assert [pictures.leaf(index).tobytes() for index in range(len(pictures))] == before


def test_few_pictures_and_classes_without_one_are_told(
    pictures: CachedPictures, capsys: pytest.CaptureFixture[str]
) -> None:
    representative_pictures(pictures, 8)
    assert capsys.readouterr().err == ""
    assert len(representative_pictures(pictures, 9)) == 8
    told = "the quantiser sees 8 pictures, all that were not held out, instead of 9 (--calibration)"
    assert capsys.readouterr().err.startswith(f"warning: {told}")
    (shown,) = balanced_indices(pictures.labels, 1, seed=0)
    unseen = pictures.classes[1 - pictures.labels[shown]]
    representative_pictures(pictures, 1)
    assert f"of the quantiser's 1 pictures none shows {unseen}: " in capsys.readouterr().err
