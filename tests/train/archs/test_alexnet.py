from __future__ import annotations

import keras
import pytest

from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture, read_options
from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.summary import LayerRow, layer_rows, layer_table


@pytest.fixture(scope="module")
def alexnet() -> keras.Model:
    """As published: grouping 2, 1000 classes."""
    return ALEXNET.build(1000, read_options(ALEXNET, []))


@pytest.fixture(scope="module")
def rows(alexnet: keras.Model) -> dict[str, LayerRow]:
    return {row.name: row for row in layer_rows(alexnet)}


def test_the_table_has_the_published_shapes(rows: dict[str, LayerRow]) -> None:
    shapes = {
        "picture": (227, 227, 3),
        "conv1": (55, 55, 96),
        "pool1": (27, 27, 96),
        "conv2": (27, 27, 256),
        "pool2": (13, 13, 256),
        "conv3": (13, 13, 384),
        "conv4": (13, 13, 384),
        "conv5": (13, 13, 256),
        "pool5": (6, 6, 256),
        "flatten": (9216,),
        "fc6": (4096,),
        "fc7": (4096,),
        "fc8": (1000,),
    }
    assert {name: rows[name].output for name in shapes} == shapes


def test_parameters_neurons_and_connections_are_those_of_the_literature(
    alexnet: keras.Model, rows: dict[str, LayerRow]
) -> None:
    assert sum(row.parameters for row in rows.values()) == alexnet.count_params() == 60_965_224
    assert sum(row.neurons for row in rows.values()) == 659_272
    assert sum(row.connections for row in rows.values()) == 724_406_816
    conv2 = rows["conv2"]
    assert conv2.kind == "Conv2D 5x5 stride 1 same groups 2"
    assert conv2.parameters == 5 * 5 * 48 * 256 + 256
    assert conv2.neurons == 27 * 27 * 256
    assert conv2.connections == 27 * 27 * 256 * 5 * 5 * 48
    assert (rows["pool1"].parameters, rows["pool1"].neurons, rows["pool1"].connections) == (0, 0, 0)


def test_the_printed_table_shows_each_layer_and_the_totals(alexnet: keras.Model) -> None:
    lines = layer_table(layer_rows(alexnet)).splitlines()
    assert [line.split()[0] for line in lines[2:-2]] == [layer.name for layer in alexnet.layers]
    assert lines[-1].split() == ["total", "60,965,224", "659,272", "724,406,816"]
    assert lines[4].split()[-4:] == ["55x55x96", "34,944", "290,400", "105,415,200"]


def test_dropout_of_one_half_stands_before_fc7_and_before_fc8(alexnet: keras.Model) -> None:
    names = [layer.name for layer in alexnet.layers]
    for dense in ("fc7", "fc8"):
        before = alexnet.layers[names.index(dense) - 1]
        assert isinstance(before, keras.layers.Dropout)
        assert before.rate == 0.5
    assert sum(isinstance(layer, keras.layers.Dropout) for layer in alexnet.layers) == 2


def test_normalisation_stands_before_pooling_with_caffes_constants(alexnet: keras.Model) -> None:
    names = [layer.name for layer in alexnet.layers]
    assert names.index("conv1") < names.index("norm1") < names.index("pool1")
    assert names.index("conv2") < names.index("norm2") < names.index("pool2")
    for name in ("norm1", "norm2"):
        layer = alexnet.get_layer(name)
        assert (layer.size, layer.beta, layer.k) == (5, 0.75, 1.0)
        # Caffe divides its alpha of 1e-4 by the 5 channels of the window.
        assert layer.alpha == pytest.approx(2e-5, rel=1e-12)


def test_without_grouping_there_are_62_378_344_parameters_and_pooling_may_come_first() -> None:
    options = read_options(ALEXNET, ["groups=1", "order=pool-normalise"])
    ungrouped = ALEXNET.build(1000, options)
    assert ungrouped.count_params() == 62_378_344
    names = [layer.name for layer in ungrouped.layers]
    assert names.index("conv1") < names.index("pool1") < names.index("norm1")
    assert names.index("conv2") < names.index("pool2") < names.index("norm2")
    assert ungrouped.get_layer("norm1").output.shape == (None, 27, 27, 96)


def test_the_mean_that_is_subtracted_is_caffes_in_the_order_red_green_blue(
    alexnet: keras.Model,
) -> None:
    assert alexnet.get_layer("mean").offset == [-123.0, -117.0, -104.0]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["groups"], "expected KEY=VALUE for --arch-option, received: groups"),
        (["groups=3"], "wrong --arch-option groups for alexnet (it has: groups, order): "),
        (
            ["group=2"],
            "unknown --arch-option group for alexnet (it has: groups, order) "
            "(did you mean groups?)",
        ),
        (["order=first"], "wrong --arch-option order for alexnet (it has: groups, order): "),
    ],
)
def test_a_wrong_option_is_named_beside_those_there_are(settings: list[str], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        read_options(ALEXNET, settings)
    assert str(refused.value).startswith(sentence)


def test_an_unknown_architecture_is_refused_beside_those_there_are() -> None:
    with pytest.raises(UserError, match=r"^expected an architecture: alexnet, alexnet-owt.* cnn$"):
        find_architecture("cnn")
    with pytest.raises(UserError, match=r"Received: alexnt \(did you mean alexnet or alexnet-owt"):
        find_architecture("alexnt")
