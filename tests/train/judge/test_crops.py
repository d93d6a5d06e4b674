from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry, centre_crop
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.judge.crops import Crop, crops_of
from plant_train.judge.inference import predict_logits

GEOMETRY = Geometry(input_side=32, stored_side=36)


@pytest.fixture(scope="module")
def pictures(
    tmp_path_factory: pytest.TempPathFactory,
    write_class_folders: Callable[[Path, dict[str, int]], None],
) -> CachedPictures:
    """More than one batch of them."""
    root = tmp_path_factory.mktemp("crops")
    write_class_folders(root, {"a": 40, "b": 29})
    return cache_pictures(read_pictures(root), GEOMETRY)


@pytest.fixture(scope="module")
def position_net() -> keras.Model:
    """Its two logits are fixed random projections of the input: sensitive to every pixel."""
    inputs = keras.Input((32, 32, 3))
    outputs = keras.layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(seed=0))(
        keras.layers.Flatten()(inputs)
    )
    return keras.Model(inputs, outputs)


def _cut(leaf: np.ndarray, top: int, left: int) -> np.ndarray:
    return leaf[top : top + 32, left : left + 32]


def test_one_crop_is_what_the_device_sees(
    pictures: CachedPictures, position_net: keras.Model
) -> None:
    leaves = [pictures.leaf(index) for index in range(len(pictures))]
    seen = np.stack([centre_crop(leaf, GEOMETRY) for leaf in leaves]).astype(np.float32)
    logits = predict_logits(position_net, pictures, "")
    np.testing.assert_allclose(logits, position_net(seen).numpy(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("crops", [2, 10])
def test_crops_are_averaged_as_logits(
    pictures: CachedPictures, position_net: keras.Model, crops: int
) -> None:
    places = [(2, 2)] if crops == 2 else [(2, 2), (0, 0), (0, 4), (4, 0), (4, 4)]
    leaves = [pictures.leaf(index) for index in range(len(pictures))]
    views = [
        np.stack([turn(_cut(leaf, *place)) for leaf in leaves]).astype(np.float32)
        for place in places
        for turn in (np.asarray, np.fliplr)
    ]
    assert len(views) == crops
    expected = np.mean([position_net(view).numpy() for view in views], axis=0)
    logits = predict_logits(position_net, pictures, "", crops)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-3)


def test_ilsvrcs_ten_crops_touch_every_corner() -> None:
    ten = crops_of(Geometry(input_side=227), 10)
    assert len(set(ten)) == 10
    assert {(crop.top, crop.left) for crop in ten} == {
        (14, 14), (0, 0), (0, 29), (29, 0), (29, 29)
    }  # fmt: skip
    assert ten[0] == Crop(14, 14, mirrored=False)


def test_another_count_is_refused() -> None:
    with pytest.raises(UserError, match="expected 1, 2 or 10 crops, received: 5"):
        crops_of(GEOMETRY, 5)
