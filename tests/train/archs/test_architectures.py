"""What holds for every architecture that there is."""

from __future__ import annotations

import keras
import pytest

from plant_train.archs import ARCHITECTURES
from plant_train.archs.architecture import Architecture

CLASSES = 5


@pytest.fixture(scope="module", params=sorted(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest) -> Architecture:
    name: str = request.param
    assert ARCHITECTURES[name].name == name
    return ARCHITECTURES[name]


@pytest.fixture(scope="module")
def model(architecture: Architecture) -> keras.Model:
    return architecture.build(CLASSES, architecture.options())


def _with_weights(layers: list[keras.layers.Layer]) -> list[str]:
    return [layer.name for layer in layers if layer.weights]


def test_it_takes_raw_pixels_and_gives_one_logit_a_class(
    architecture: Architecture, model: keras.Model
) -> None:
    side = architecture.geometry.input_side
    assert model.input_shape == (None, side, side, 3)
    assert model.output_shape == (None, CLASSES)
    assert model.outputs[0].dtype == "float32"


def test_each_layer_with_weights_is_in_one_group_in_the_order_of_the_graph(
    architecture: Architecture, model: keras.Model
) -> None:
    grouped = [name for group in architecture.groups for name in group]
    assert grouped == _with_weights(model.layers)
    assert all(architecture.groups)


def test_the_head_begins_a_group_and_takes_the_features(
    architecture: Architecture, model: keras.Model
) -> None:
    assert architecture.head in [group[0] for group in architecture.groups]
    names = [layer.name for layer in model.layers]
    after = model.layers[names.index(architecture.features) + 1 :]
    assert _with_weights(after)[0] == architecture.head
    # Nothing of the head hangs on a layer before the features.
    head = keras.Model(model.get_layer(architecture.features).output, model.output)
    assert _with_weights(head.layers) == _with_weights(after)


def test_a_transfer_resets_the_last_layers_and_no_weights_go_to_them(
    architecture: Architecture,
) -> None:
    grouped = [name for group in architecture.groups for name in group]
    assert architecture.reset == tuple(grouped[-len(architecture.reset) :])
    assert not {tensor.layer for tensor in architecture.weights} & set(architecture.reset)
