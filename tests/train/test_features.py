from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.archs.architecture import Options
from plant_train.archs.lenet5 import LENET5
from plant_train.data.augment.augmentation import Augmentation
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.pipeline import TrainingPictures, picture_views
from plant_train.features import VIEWS, Features, compute_features, feature_batches, head_of
from plant_train.recipe import Recipe

WriteClassFolders = Callable[[Path, dict[str, int]], None]

RECIPE = Recipe(batch=4, balance="none", augment=Augmentation(light=0.5))


@pytest.fixture(scope="module")
def pictures(
    tmp_path_factory: pytest.TempPathFactory, write_class_folders: WriteClassFolders
) -> TrainingPictures:
    root = tmp_path_factory.mktemp("features")
    write_class_folders(root, {"a": 5, "b": 4})
    return TrainingPictures(cache_pictures(read_pictures(root), LENET5.geometry))


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return LENET5.build(2, Options())


@pytest.fixture(scope="module")
def features(
    pictures: TrainingPictures, model: keras.Model, tmp_path_factory: pytest.TempPathFactory
) -> Features:
    path = tmp_path_factory.mktemp("run") / "checkpoint" / "features.npy"
    return compute_features(model, LENET5, pictures, RECIPE, path)


def test_the_heads_answer_to_kept_features_is_the_models_to_the_pictures(
    pictures: TrainingPictures, model: keras.Model, features: Features
) -> None:
    head = head_of(model, LENET5)
    for view in range(VIEWS):
        shown = np.concatenate(list(picture_views(pictures, RECIPE, view, 64)))
        whole = np.asarray(model(shown.astype(np.float32)))
        kept = np.asarray(head(features.views[view].astype(np.float32)))
        # Features are kept as halves: 11 bits.
        np.testing.assert_allclose(kept, whole, rtol=5e-3, atol=5e-3)


def test_epochs_take_the_views_in_turn_and_each_picture_once(
    pictures: TrainingPictures, features: Features
) -> None:
    flat = features.views.astype(np.float32).reshape(VIEWS, 9, -1)
    for epoch in range(3):
        seen: list[int] = []
        for batch, targets in feature_batches(features, RECIPE, epoch):
            for row, target in zip(batch.reshape(len(batch), -1), targets, strict=True):
                away = np.abs(flat[epoch % VIEWS] - row).max(axis=1)
                index = int(away.argmin())
                assert away[index] == 0
                assert target.argmax() == pictures.pictures.labels[index]
                seen.append(index)
        assert len(seen) == len(set(seen)) == 8


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_a_disk_without_room_is_named_before_mapped_memory_meets_its_end(
    pictures: TrainingPictures, model: keras.Model
) -> None:
    with pytest.raises(UserError, match=r"^expected 1 MB free in /proc for features, found 0 MB"):
        compute_features(model, LENET5, pictures, RECIPE, Path("/proc/features.npy"))
