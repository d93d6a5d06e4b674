"""What holds for every architecture that there is."""

from __future__ import annotations

from functools import lru_cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from plant_train.archs import ARCHITECTURES
from plant_train.archs.architecture import Architecture, Options
from plant_train.precision import dtype_policy
from plant_train.weights.porting import options_for

CLASSES = 5


@pytest.fixture(scope="module", params=sorted(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest) -> Architecture:
    name: str = request.param
    assert ARCHITECTURES[name].name == name
    return ARCHITECTURES[name]


@lru_cache(maxsize=1)
def _built(name: str, options: Options) -> keras.Model:
    """Large ones take seconds, and memory: one at a time."""
    return ARCHITECTURES[name].build(CLASSES, options)


@pytest.fixture
def model(architecture: Architecture) -> keras.Model:
    return _built(architecture.name, architecture.options())


def _with_weights(layers: list[keras.layers.Layer]) -> list[str]:
    return [layer.name for layer in layers if layer.weights]


def test_it_takes_raw_pixels_and_gives_one_logit_a_class(
    architecture: Architecture, model: keras.Model
) -> None:
    side = architecture.geometry.input_side
    assert model.input_shape == (None, side, side, 3)
    assert model.output_shape == (None, CLASSES)
    assert model.outputs[0].dtype == "float32"


def test_each_layer_with_weights_is_in_one_group_and_the_groups_follow_the_graph(
    architecture: Architecture, model: keras.Model
) -> None:
    grouped = [name for group in architecture.groups for name in group]
    assert sorted(grouped) == sorted(_with_weights(model.layers))
    numbers = {name: i for i, group in enumerate(architecture.groups) for name in group}
    followed = [numbers[name] for name in _with_weights(model.layers)]
    assert followed == sorted(followed)
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


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * (name in ("vgg16", "resnet50")))
        for name in sorted(ARCHITECTURES)
    ],
)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_step_of_training_reaches_every_group_in_both_precisions(name: str, policy: str) -> None:
    architecture = ARCHITECTURES[name]
    with dtype_policy(policy):
        model = architecture.build(CLASSES, architecture.options())
    side = architecture.geometry.input_side
    pixels = np.random.default_rng(0).integers(0, 256, (2, side, side, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        logits = model(pixels, training=True)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=logits)
        )
    assert logits.dtype == tf.float32
    gradients = dict(
        zip(
            (variable.path for variable in model.trainable_variables),
            tape.gradient(loss, [variable.value for variable in model.trainable_variables]),
            strict=True,
        )
    )
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())
    for group in architecture.groups:
        assert any(np.any(gradients[f"{name}/kernel"]) for name in group if "norm" not in name)


def test_a_transfer_resets_the_last_layers(architecture: Architecture) -> None:
    grouped = [name for group in architecture.groups for name in group]
    assert architecture.reset == tuple(grouped[-len(architecture.reset) :])


def test_published_weights_go_to_variables_and_options_that_there_are(
    architecture: Architecture,
) -> None:
    for published in architecture.weights:
        options = options_for(architecture, published, architecture.options())
        assert published.options.items() <= options.model_dump().items()
        variables = {
            variable.path
            for layer in _built(architecture.name, options).layers
            for variable in layer.variables
            if "seed" not in variable.path
        }
        filled = [f"{tensor.layer}/{tensor.variable}" for tensor in published.tensors]
        assert len({tensor.name for tensor in published.tensors}) == len(filled)
        assert len(set(filled)) == len(filled)
        # Arrays of convolutions are all that some publish.
        assert set(filled) <= variables
        assert set(filled) == variables or published.publisher.endswith("as arrays")
