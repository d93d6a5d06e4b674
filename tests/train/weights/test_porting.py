from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry
from plant_train.archs import read_options
from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.architecture import Architecture, ImportedTensor, Options
from plant_train.archs.lenet5 import LENET5
from plant_train.weights.npz import read_npz
from plant_train.weights.porting import transfer


def _build(classes: int, options: Options) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(inputs)
    x = keras.layers.Conv2D(5, 3, name="second")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(6, name="dense")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="last")(x))


TINY = Architecture(
    name="tiny",
    geometry=Geometry(8, 8),
    options=Options,
    build=_build,
    groups=(("first",), ("second",), ("dense",), ("last",)),
    features="flatten",
    head="dense",
    weights=(
        ImportedTensor("c1.w", "first", "kernel", reverse_input_channels=True),
        ImportedTensor("c1.b", "first", "bias"),
        ImportedTensor("c2.w", "second", "kernel"),
        ImportedTensor("c2.b", "second", "bias"),
        ImportedTensor("d.w", "dense", "kernel"),
    ),
    reset=("dense", "last"),
)
SHAPES = {"c1.w": (3, 3, 3, 4), "c1.b": (4,), "c2.w": (3, 3, 4, 5), "c2.b": (5,)}


def _tensors(**changed: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    tensors = {name: rng.normal(size=shape).astype("f4") for name, shape in SHAPES.items()}
    return tensors | {name.replace("_", "."): tensor for name, tensor in changed.items()}


@pytest.fixture
def model() -> keras.Model:
    return TINY.build(3, Options())


def test_each_tensor_arrives_in_its_layer_and_bgr_kernels_are_turned_to_rgb(
    model: keras.Model,
) -> None:
    tensors = _tensors()
    transfer(model, TINY, tensors)
    kernel, bias = model.get_layer("first").get_weights()
    for ours, theirs in ((0, 2), (1, 1), (2, 0)):
        assert np.array_equal(kernel[:, :, ours], tensors["c1.w"][:, :, theirs])
    assert np.array_equal(bias, tensors["c1.b"])
    kernel, bias = model.get_layer("second").get_weights()
    assert np.array_equal(kernel, tensors["c2.w"])
    assert np.array_equal(bias, tensors["c2.b"])


def test_a_network_with_turned_kernels_sees_rgb_as_the_published_one_saw_bgr(
    model: keras.Model,
) -> None:
    tensors = _tensors()
    transfer(model, TINY, tensors)
    first = keras.Model(model.inputs[0], model.get_layer("first").output)
    published = keras.layers.Conv2D(4, 3)
    published.build((None, 8, 8, 3))
    published.set_weights([tensors["c1.w"], tensors["c1.b"]])
    rgb = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("f4")
    np.testing.assert_allclose(
        first(rgb).numpy(), published(rgb[..., ::-1]).numpy(), rtol=1e-4, atol=1e-4
    )


def test_what_was_transferred_and_what_starts_anew_is_named_in_the_networks_order(
    model: keras.Model,
) -> None:
    moved = transfer(model, TINY, _tensors())
    assert moved.transferred == ("first", "second")
    assert moved.reset == ("dense", "last")


def test_layers_that_a_transfer_resets_keep_their_first_weights_though_the_file_has_others(
    model: keras.Model,
) -> None:
    before = model.get_layer("dense").get_weights()[0]
    moved = transfer(model, TINY, _tensors(d_w=np.ones(before.shape, "f4")))
    assert np.array_equal(model.get_layer("dense").get_weights()[0], before)
    assert "dense" in moved.reset


def test_a_file_with_some_of_the_tensors_transfers_those(model: keras.Model) -> None:
    tensors = _tensors()
    before = model.get_layer("first").get_weights()[0]
    moved = transfer(model, TINY, {name: tensors[name] for name in ("c2.w", "c2.b")})
    assert moved.transferred == ("second",)
    assert moved.reset == ("first", "dense", "last")
    assert np.array_equal(model.get_layer("first").get_weights()[0], before)


def test_another_shape_is_refused_with_both_shapes(model: keras.Model) -> None:
    with pytest.raises(
        UserError,
        match=r"^expected c2\.w of shape \(3, 3, 4, 5\) for tiny, received \(5, 5, 4, 5\): these "
        "weights belong to another architecture or other options$",
    ):
        transfer(model, TINY, _tensors(c2_w=np.zeros((5, 5, 4, 5), "f4")))


@pytest.mark.parametrize(
    "tensor",
    [
        np.full((4,), np.nan, "f4"),
        np.array([0, 0, 0, np.inf], "f4"),
        np.zeros(4, np.int32),
        np.array(list("text")),
    ],
)
def test_numbers_that_are_not_finite_or_not_floating_are_refused(
    model: keras.Model, tensor: np.ndarray
) -> None:
    with pytest.raises(UserError, match=r"^expected finite floating-point numbers in c1\.b$"):
        transfer(model, TINY, _tensors(c1_b=tensor))


def test_a_file_without_any_known_name_is_refused_with_names_of_both(model: keras.Model) -> None:
    with pytest.raises(
        UserError, match=r"^expected tensors named c1\.w, c1\.b, c2\.w … for tiny, received: x …$"
    ):
        transfer(model, TINY, {"x": np.zeros(4, "f4")})
    with pytest.raises(UserError, match=r"received: none …$"):
        transfer(model, TINY, {})


def test_an_architecture_without_published_weights_says_so() -> None:
    model = LENET5.build(3, read_options(LENET5, []))
    with pytest.raises(UserError, match=r"^lenet5 has no published weights: say --weights none$"):
        transfer(model, LENET5, _tensors())


@pytest.fixture(scope="module")
def alexnet() -> keras.Model:
    return ALEXNET.build(8, read_options(ALEXNET, []))


def test_alexnets_five_convolutions_are_transferred_and_conv1_is_turned_to_rgb(
    alexnet: keras.Model,
) -> None:
    shapes = {
        "conv1": (11, 11, 3, 96),
        "conv2": (5, 5, 48, 256),
        "conv3": (3, 3, 256, 384),
        "conv4": (3, 3, 192, 384),
        "conv5": (3, 3, 192, 256),
    }
    rng = np.random.default_rng(0)
    tensors = {f"{name}_w": rng.random(shape, "f4") for name, shape in shapes.items()}
    tensors |= {f"{name}_b": rng.random(shape[-1], "f4") for name, shape in shapes.items()}
    moved = transfer(alexnet, ALEXNET, tensors)
    assert moved.transferred == ("conv1", "conv2", "conv3", "conv4", "conv5")
    assert moved.reset == ("fc6", "fc7", "fc8")
    for name in shapes:
        kernel, bias = alexnet.get_layer(name).get_weights()
        published = tensors[f"{name}_w"]
        assert np.array_equal(kernel, published[:, :, ::-1] if name == "conv1" else published)
        assert np.array_equal(bias, tensors[f"{name}_b"])


@pytest.mark.shared
def test_the_published_caffe_weights_are_transferred(
    alexnet: keras.Model, real_leaves: Path
) -> None:
    tensors = read_npz(real_leaves / "weights" / "alexnet_conv_bvlc_int8.npz")
    moved = transfer(alexnet, ALEXNET, tensors)
    assert moved.transferred == ("conv1", "conv2", "conv3", "conv4", "conv5")
    kernel = alexnet.get_layer("conv1").get_weights()[0]
    assert np.array_equal(kernel[:, :, 0], tensors["conv1_w"][:, :, 2])


@pytest.mark.shared
def test_the_published_torchvision_weights_are_of_another_network(
    alexnet: keras.Model, real_leaves: Path
) -> None:
    tensors = read_npz(real_leaves / "weights" / "alexnet_conv_torchvision.npz")
    with pytest.raises(
        UserError,
        match=r"^expected conv1_w of shape \(11, 11, 3, 96\) for alexnet, received "
        r"\(11, 11, 3, 64\): these weights belong to another architecture",
    ):
        transfer(alexnet, ALEXNET, tensors)
