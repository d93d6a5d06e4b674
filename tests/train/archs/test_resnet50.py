from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.archs import read_options
from plant_train.archs.resnet50 import RESNET50
from plant_train.archs.summary import layer_rows


@pytest.fixture(scope="module")
def models() -> dict[str, keras.Model]:
    """Each variant with 1000 classes, as published. Not to be changed."""
    options = {"v1": ["variant=v1"], "v1.5": []}
    return {
        variant: RESNET50.build(1000, read_options(RESNET50, given))
        for variant, given in options.items()
    }


def test_the_table_has_torchvisions_shapes_and_parameters(models: dict[str, keras.Model]) -> None:
    rows = layer_rows(models["v1.5"])
    outputs = {row.name: row.output for row in rows}
    assert outputs["stem_conv"] == (112, 112, 64)
    assert outputs["stem_pool"] == (56, 56, 64)
    assert outputs["stage1_block3_relu"] == (56, 56, 256)
    assert outputs["stage2_block4_relu"] == (28, 28, 512)
    assert outputs["stage3_block6_relu"] == (14, 14, 1024)
    assert outputs["stage4_block3_relu"] == (7, 7, 2048)
    assert outputs["pool"] == (2048,)
    assert sum("Conv2D" in row.kind for row in rows) == 53
    assert sum(row.parameters for row in rows) == 25_557_032


def test_the_first_variant_has_the_parameters_of_keras_applications(
    models: dict[str, keras.Model],
) -> None:
    first = models["v1"]
    # Keras counts 53,120 running statistics too.
    assert first.count_params() == 25_636_712
    assert sum(row.parameters for row in layer_rows(first)) == 25_636_712 - 53_120


@pytest.mark.parametrize(("variant", "strided"), [("v1.5", "2_conv"), ("v1", "1_conv")])
def test_the_stride_is_where_the_variant_has_it(
    models: dict[str, keras.Model], variant: str, strided: str
) -> None:
    found = [
        layer.name
        for layer in models[variant].layers
        if isinstance(layer, keras.layers.Conv2D) and layer.strides == (2, 2)
    ]
    stages = (2, 3, 4)
    expected = [
        f"stage{stage}_block1_{kind}" for stage in stages for kind in (strided, "shortcut_conv")
    ]
    assert sorted(found) == sorted(["stem_conv", *expected])


@pytest.mark.parametrize(("variant", "epsilon"), [("v1.5", 1e-5), ("v1", 1.001e-5)])
def test_batch_normalisation_has_the_published_constants(
    models: dict[str, keras.Model], variant: str, epsilon: float
) -> None:
    norms = [layer for layer in models[variant].layers if "norm" in layer.name]
    assert len(norms) == 53
    assert {(layer.epsilon, layer.momentum) for layer in norms} == {(epsilon, 0.9)}


def test_a_frozen_group_keeps_its_statistics_and_normalises_by_them() -> None:
    model = RESNET50.build(3, read_options(RESNET50, []))
    stem, first, *_ = RESNET50.groups
    for name in stem:
        model.get_layer(name).trainable = False
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype(np.float32)
    frozen, moving = model.get_layer("stem_norm"), model.get_layer(first[1])
    before = {layer.name: layer.moving_mean.numpy() for layer in (frozen, moving)}
    part = keras.Model(
        model.inputs[0], [frozen.output, model.get_layer("stem_conv").output, moving.output]
    )
    normalised, convolved, _ = part(pixels, training=True)
    assert np.array_equal(frozen.moving_mean.numpy(), before[frozen.name])
    assert not np.array_equal(moving.moving_mean.numpy(), before[moving.name])
    # The running statistics of an untrained layer are 0 and 1.
    np.testing.assert_allclose(normalised.numpy(), convolved.numpy(), rtol=1e-4, atol=1e-4)


def test_a_variant_that_there_is_not_is_refused() -> None:
    with pytest.raises(UserError, match=r"^wrong --arch-option variant for resnet50 "):
        read_options(RESNET50, ["variant=v2"])
