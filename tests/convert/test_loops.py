"""A layer that loops is refused by its name and kind, where the converters crash or fail."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from plant_convert.backends import Backend, Dense, Method, Quantisation, litert, quantise
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture

SIDE = 8


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    found = [*np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3)).astype(np.uint8)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


def _graph(layer: layers.Layer) -> keras.Model:
    """Rows of a picture, one after the other, into a layer; in a model within the model."""
    rows = keras.Input((SIDE, SIDE * 3))
    inner = keras.Model(rows, layer(layers.Rescaling(1 / 255)(rows)), name="inner")
    pixels = keras.Input((SIDE, SIDE, 3))
    x = inner(layers.Reshape((SIDE, SIDE * 3))(pixels))
    return keras.Model(pixels, layers.Dense(3, name="logits")(x))


@pytest.mark.parametrize("backend", list(Backend))
@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (lambda: layers.LSTM(4, name="memory"), r"\(LSTM memory\)"),
        (lambda: layers.GRU(4, name="gate_1"), r"\(GRU gate_1\)"),
        (lambda: layers.Bidirectional(layers.LSTM(4), name="both"), r"\(Bidirectional both\)"),
    ],
    ids=["LSTM", "GRU", "both ways"],
)
def test_a_recurrent_layer_is_named(
    backend: Backend, layer: type[layers.Layer], named: str, pictures: list[Picture]
) -> None:
    with pytest.raises(
        UserError, match=rf"{named} is a loop, which has none: replace the layer, by"
    ) as refused:
        quantise(_graph(layer()), pictures, Quantisation(backend))
    assert refused.value.exit_code == REFUSED


def test_what_litert_has_no_integers_for_is_one_line_with_the_layer(
    pictures: list[Picture],
) -> None:
    graph = _graph(layers.LSTM(4, name="memory"))
    with pytest.raises(UserError, match=r"makes no integer form of .*\(LSTM memory\).*; take --b"):
        litert.quantise(graph, pictures, Method.MIN_MAX, Dense.PER_CHANNEL)
