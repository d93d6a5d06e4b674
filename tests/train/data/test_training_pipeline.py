from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry
from plant_train.data.augment.augmentation import Augmentation
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.pipeline import (
    TrainingPictures,
    picture_views,
    prediction_steps,
    steps_per_epoch,
    stored_leaves,
    training_batches,
)
from plant_train.recipe import Recipe

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
    pictures: CachedPictures,
    epochs: range,
    /,
    *,
    others: tuple[np.ndarray, ...] = (),
    **recipe: Any,
) -> Batches:
    settings = Recipe(**{"seed": 1, "batch": BATCH, "balance": "none", **recipe})
    data = TrainingPictures(pictures, scenes=others, others=others)
    return [batch for epoch in epochs for batch in training_batches(data, settings, epoch)]


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
    targets = np.concatenate([targets for _, targets in batches])
    assert (np.sort(targets, axis=1) == [0, 0, 1]).all()
    labels = targets.argmax(axis=1).tolist()
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
def test_stored_leaves_come_whole_and_in_order(pictures: CachedPictures, batch: int) -> None:
    batches = list(stored_leaves(pictures, batch))
    assert len(batches) == prediction_steps(len(pictures), batch)
    leaves = np.concatenate(batches)
    assert leaves.dtype == np.uint8
    assert np.array_equal(leaves, [pictures.leaf(index) for index in range(len(pictures))])


def test_an_epoch_has_whole_batches_only_and_a_prediction_has_every_picture() -> None:
    assert [steps_per_epoch(n, Recipe(batch=4)) for n in (1, 4, 7, 8)] == [1, 1, 1, 2]
    # Of 4 pictures 1 is an outlier: 3 leaves.
    assert [steps_per_epoch(n, Recipe(batch=4, outliers=0.25)) for n in (3, 8, 9)] == [1, 2, 3]
    assert [prediction_steps(n, 4) for n in (1, 4, 7, 8)] == [1, 1, 2, 2]


def test_a_share_of_each_batch_is_no_leaf_and_belongs_equally_to_every_class(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    scene = np.full((40, 40, 3), 7, np.uint8)
    batches = _batches(pictures, range(3), others=(scene,), outliers=0.25)
    assert len(batches) == 12
    for shown, targets in batches:
        assert len(shown) == len(targets) == BATCH
        assert all(picture.tobytes() in views for picture in shown[:3])
        assert shown[3].tobytes() not in views
        np.testing.assert_allclose(targets[3], 1 / 3)


def test_targets_are_smoothed_and_weighted(pictures: CachedPictures) -> None:
    smoothed = np.concatenate([row for _, row in _batches(pictures, range(1), label_smoothing=0.3)])
    np.testing.assert_allclose(np.sort(smoothed, axis=1), [[0.1, 0.1, 0.8]] * 12, atol=1e-6)
    weighted = np.concatenate(
        [row for _, row in _batches(pictures, range(1), balance="class-weight")]
    )
    # 13 pictures, 3 classes: 13 / (3 * 5) for the class of five, 13 / (3 * 4) for the others.
    for row in weighted:
        assert row.max() == pytest.approx(13 / 15 if row.argmax() == 0 else 13 / 12)


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_batches_are_mixed_as_often_as_said(pictures: CachedPictures, kind: str) -> None:
    settings: dict[str, Any] = {kind: 0.5}
    batches = _batches(pictures, range(40), **settings)
    mixed = [not np.isin(targets, [0, 1]).all() for _, targets in batches]
    # 60 of 120 expected; a mix of equal classes does not show, five deviations allowed.
    assert 25 < sum(mixed) < 88


def test_views_of_a_frozen_stage_hold_every_picture_in_order(
    pictures: CachedPictures, views: dict[bytes, int]
) -> None:
    data, recipe = TrainingPictures(pictures), Recipe()
    first, second = (
        np.concatenate(list(picture_views(data, recipe, view, BATCH))) for view in (0, 1)
    )
    assert [views[picture.tobytes()] for picture in first] == list(range(13))
    assert [views[picture.tobytes()] for picture in second] == list(range(13))
    assert not np.array_equal(first, second)


def test_a_fault_in_a_thread_reaches_the_training(pictures: CachedPictures, tmp_path: Path) -> None:
    gone = dataclasses.replace(pictures, entries=(tmp_path / "gone",) * len(pictures))
    with pytest.raises(UserError, match="gone is gone or cut short"):
        next(training_batches(TrainingPictures(gone), Recipe(batch=4), 0))


def test_the_last_epochs_are_calm(pictures: CachedPictures, views: dict[bytes, int]) -> None:
    settings: dict[str, Any] = {
        "epochs": 3,
        "calm": 0.3,
        "augment": Augmentation(light=1.0),
    }
    first, second, last = (
        _batches(pictures, range(epoch, epoch + 1), **settings) for epoch in range(3)
    )
    for wild in (first, second):
        assert not any(picture.tobytes() in views for shown, _ in wild for picture in shown)
    assert all(picture.tobytes() in views for shown, _ in last for picture in shown)
