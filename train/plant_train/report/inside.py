"""What a network looks for, and what it sees in one picture, as pictures themselves."""

import keras
import numpy as np
import tensorflow as tf

from plant_device.contract.geometry import Picture
from plant_train.report.spatial import first_convolution, last_spatial_layer

_GAP = 1
_COLUMNS = 8  # a phone shows each about 45 pixels wide
_MOST_FILTERS = 96
_MOST_MAPS = 24


def filter_sheet(model: keras.Model) -> Picture:
    """The first convolution's filters, each stretched to the full range: uint8 [H, W, 3]."""
    kernel = np.asarray(first_convolution(model).kernel)
    return _sheet(_stretched(np.moveaxis(kernel, -1, 0)[:_MOST_FILTERS]))


def map_sheets(model: keras.Model, picture: Picture) -> list[tuple[str, Picture]]:
    """What the first convolution and the last spatial layer make of a picture [S, S, 3].

    Returns:
        for each layer its name and its most active maps, the most active first.
    """
    layers = [first_convolution(model), last_spatial_layer(model)]
    network = keras.Model(model.inputs, [layer.output for layer in layers])
    outputs = network(tf.cast(picture[np.newaxis], tf.float32), training=False)
    return [
        (layer.name, _sheet(_stretched(_most_active(np.asarray(maps[0])))))
        for layer, maps in zip(layers, outputs, strict=True)
    ]


def _most_active(maps: np.ndarray) -> np.ndarray:
    """Maps [h, w, c] as the [k, h, w, 1] with the largest means, k <= 24."""
    order = np.argsort(-maps.mean(axis=(0, 1)), kind="stable")[:_MOST_MAPS]
    return np.moveaxis(maps[..., order], -1, 0)[..., np.newaxis]


def _stretched(tiles: np.ndarray) -> np.ndarray:
    """Tiles float [k, h, w, c], each from its least to its largest value, as uint8."""
    low = tiles.min(axis=(1, 2, 3), keepdims=True)
    spread = tiles.max(axis=(1, 2, 3), keepdims=True) - low
    return np.asarray((tiles - low) / np.where(spread > 0, spread, 1) * 255).astype(np.uint8)


def _sheet(tiles: np.ndarray) -> Picture:
    """Tiles uint8 [k, h, w, 1 or 3] side by side, white between them."""
    count, height, width, _ = tiles.shape
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    sheet = np.full(
        (rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3), 255, np.uint8
    )
    for number, tile in enumerate(tiles):
        top = number // columns * (height + _GAP)
        left = number % columns * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet
