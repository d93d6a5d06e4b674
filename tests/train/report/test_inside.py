from __future__ import annotations

import base64
import io

import keras
import numpy as np
import pytest
from PIL import Image

from plant_train.report.inline import inline_drawing, inline_photo
from plant_train.report.inside import filter_sheet, map_sheets


@pytest.fixture(scope="module")
def net() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(14, 3, name="first")(inputs)
    x = keras.layers.Conv2D(30, 3, name="last")(x)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))


def _decoded(address: str, kind: str) -> np.ndarray:
    head, _, content = address.partition(",")
    assert head == f"data:image/{kind};base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


def test_filters_stand_in_rows_of_eight_each_over_the_full_range(net: keras.Model) -> None:
    sheet = filter_sheet(net)
    # Two rows of 3 pixels with one between; eight columns likewise.
    assert sheet.shape == (7, 31, 3)
    kernel = net.get_layer("first").get_weights()[0]
    tile = sheet[4:7, 20:23]  # the fourteenth
    expected = kernel[..., 13] - kernel[..., 13].min()
    assert np.array_equal(tile, (expected / expected.max() * 255).astype(np.uint8))
    assert (sheet[3] == 255).all()


def test_the_most_active_maps_come_first_and_at_most_24(net: keras.Model) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    (first, first_sheet), (last, last_sheet) = map_sheets(net, picture)
    assert (first, last) == ("first", "last")
    assert first_sheet.shape == (13, 55, 3)
    assert last_sheet.shape == (14, 39, 3)
    maps = net.get_layer("first")(picture[np.newaxis].astype(np.float32)).numpy()[0]
    liveliest = maps[..., maps.mean(axis=(0, 1)).argmax()]
    expected = (liveliest - liveliest.min()) / np.ptp(liveliest) * 255
    assert np.abs(first_sheet[:6, :6, 0] - expected).max() <= 1


def test_a_dead_map_is_black_and_no_division_by_zero(net: keras.Model) -> None:
    dead = keras.models.clone_model(net)
    dead.get_layer("first").set_weights([np.zeros((3, 3, 3, 14)), np.zeros(14)])
    assert (filter_sheet(dead)[:3, :3] == 0).all()


def test_a_drawing_is_exact_and_a_photo_small() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (9, 20, 3)).astype(np.uint8)
    assert np.array_equal(_decoded(inline_drawing(noise), "png"), noise)
    leaf = np.full((227, 227, 3), (60, 140, 40), np.uint8)
    photo = _decoded(inline_photo(leaf, 160), "jpeg")
    assert photo.shape == (160, 160, 3)
    assert np.abs(photo.astype(int) - leaf[0, 0]).max() < 4
    assert _decoded(inline_photo(leaf[:32, :32], 160), "jpeg").shape == (32, 32, 3)
