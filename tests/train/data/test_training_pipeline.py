from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.geometry import Geometry, centre_crop
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.pipeline import (
    centre_crops,
    prediction_steps,
    steps_per_epoch,
    training_batches,
)

WriteClassFolders = Callable[[Path, dict[str, int]], None]
Batches = list[tuple[np.ndarray, np.ndarray]]

GEOMETRY = Geometry(input_side=32, stored_side=36)
BATCH = 4


@pytest.fixture(scope="module")
def pictures(
    tmp_path_factory: pytest.TempPathFactory, write_class_folders: WriteClassFolders
) -> CachedPictures:
    """Thirteen pictures: three whole batches and one left over."""
    root = tmp_path_factory.mktemp("pipeline")
    write_class_folders(root, {"a": 5, "b": 4, "c": 4})
    return cache_pictures(read_pictures(root), GEOMETRY)


@pytest.fixture(scope="module")
def views(pictures: CachedPictures) -> dict[bytes, int]:
    """Each window of each stored picture, and its mirror image, and whose it is."""
    return {
        (crop[:, ::-1] if mirrored else crop).tobytes(): index
        for index in range(len(pictures))
        for top in range(5)
        for left in range(5)
        for crop in [pictures.leaf(index)[top : top + 32, left : left + 32]]
        for mirrored in (False, True)
    }


def _batches(
    pictures: CachedPictures, epochs: range, *, seed: int = 1, batch: int = BATCH
) -> Batches:
    return list(training_batches(pictures, batch, seed, epochs).as_numpy_iterator())


def _equal(some: Batches, others: Batches) -> bool:
    return len(some) == len(others) and all(
        np.array_equal(ours, theirs)
        for one, other in zip(some, others, strict=True)
        for ours, theirs in zip(one, other, strict=True)
    )


def _indices(batches: Batches, views: dict[bytes, int]) -> list[int]:
    return [views[picture.tobytes()] for inputs, _ in batches for picture in inputs]


def test_equal_seeds_and_epochs_give_equal_batches(pictures: CachedPictures) -> None:
    batches = _batches(pictures, range(3))
    assert [inputs.shape for inputs, _ in batches] == [(4, 32, 32, 3)] * 9
    assert {inputs.dtype for inputs, _ in batches} == {np.dtype(np.uint8)}
    assert _equal(batches, _batches(pictures, range(3)))
    assert not _equal(batches, _batches(pictures, range(3), seed=2))


@pytest.mark.parametrize("resumed_at", [1, 2, 4])
def test_a_resumed_training_sees_exactly_what_an_uninterrupted_one_would_have_seen(
    pictures: CachedPictures, resumed_at: int
) -> None:
    whole = _batches(pictures, range(5))
    assert _equal(_batches(pictures, range(resumed_at, 5)), whole[3 * resumed_at :])


def test_every_picture_is_a_window_of_a_stored_one_with_that_ones_label(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    batches = _batches(pictures, range(4))
    labels = [label for _, labels in batches for label in labels]
    assert labels == [pictures.labels[index] for index in _indices(batches, views)]


def test_an_epoch_shows_each_picture_at_most_once_and_the_one_left_over_changes(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    indices = _indices(_batches(pictures, range(20)), views)
    epochs = [indices[start : start + 12] for start in range(0, len(indices), 12)]
    assert len(epochs) == 20
    assert all(len(set(epoch)) == 12 for epoch in epochs)
    left_over = {(set(range(13)) - set(epoch)).pop() for epoch in epochs}
    assert len(left_over) > 3
    assert len({tuple(epoch) for epoch in epochs}) == 20


def test_a_picture_is_cropped_differently_in_each_epoch(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    seen = {
        picture.tobytes()
        for inputs, _ in _batches(pictures, range(20))
        for picture in inputs
        if views[picture.tobytes()] == 0
    }
    assert len(seen) > 10


def test_fewer_pictures_than_a_batch_go_round_until_it_is_full(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    indices = _indices(_batches(pictures, range(1), batch=30), views)
    assert sorted(set(indices)) == list(range(13))
    assert len(indices) == 30
    assert {indices.count(picture) for picture in range(13)} == {2, 3}


@pytest.mark.parametrize("batch", [1, 4, 13, 64])
def test_centre_crops_are_what_the_device_would_see_in_order(
    pictures: CachedPictures, batch: int
) -> None:
    batches = list(centre_crops(pictures, batch).as_numpy_iterator())
    assert len(batches) == prediction_steps(len(pictures), batch)
    crops = np.concatenate(batches)
    expected = [centre_crop(pictures.leaf(index), GEOMETRY) for index in range(len(pictures))]
    assert crops.dtype == np.uint8
    assert np.array_equal(crops, expected)


def test_an_epoch_has_whole_batches_only_and_a_prediction_has_every_picture() -> None:
    assert [steps_per_epoch(n, 4) for n in (1, 4, 7, 8)] == [1, 1, 1, 2]
    assert [prediction_steps(n, 4) for n in (1, 4, 7, 8)] == [1, 1, 2, 2]
