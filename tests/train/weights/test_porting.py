from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry
from plant_train.archs import read_options
from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.alexnet_owt import ALEXNET_OWT
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.lenet5 import LENET5
from plant_train.archs.published import ImportedTensor, PublishedWeights, as_is, of_bgr, oihw
from plant_train.archs.resnet50 import RESNET50
from plant_train.archs.vgg16 import VGG16
from plant_train.weights.porting import (
    TensorFate,
    Transfer,
    WeightsFile,
    open_weights,
    options_for,
    recognise,
    transfer,
)
from plant_train.weights.table import transfer_table


def _build(classes: int, options: Options) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(inputs)
    x = keras.layers.Conv2D(5, 3, name="second")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(6, name="dense")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="last")(x))


PUBLISHED = PublishedWeights(
    "us",
    (
        ImportedTensor("c1.w", "first", "kernel", of_bgr(as_is)),
        ImportedTensor("c1.b", "first", "bias"),
        ImportedTensor("c2.w", "second", "kernel"),
        ImportedTensor("c2.b", "second", "bias"),
        ImportedTensor("d.w", "dense", "kernel"),
        ImportedTensor("d.b", "dense", "bias"),
    ),
)
THEIRS = PublishedWeights("them", (ImportedTensor("conv.weight", "first", "kernel", oihw),))
TINY = Architecture(
    name="tiny",
    geometry=Geometry(8, 8),
    options=Options,
    build=_build,
    groups=(("first",), ("second",), ("dense",), ("last",)),
    features="flatten",
    head="dense",
    weights=(PUBLISHED, THEIRS),
    reset=("dense", "last"),
)
Tensors = dict[str, np.ndarray]
SHAPES = {"c1.w": (3, 3, 3, 4), "c1.b": (4,), "c2.w": (3, 3, 4, 5), "c2.b": (5,)}


def _tensors(**changed: np.ndarray) -> Tensors:
    rng = np.random.default_rng(0)
    tensors = {name: rng.normal(size=shape).astype("f4") for name, shape in SHAPES.items()}
    return tensors | {name.replace("_", "."): tensor for name, tensor in changed.items()}


def _transfer(model: keras.Model, architecture: Architecture, tensors: Tensors) -> Transfer:
    published = recognise(architecture, tensors)
    weights = WeightsFile(published, architecture.options(), tensors, architecture.reset)
    return transfer(model, weights)


@pytest.fixture
def model() -> keras.Model:
    return TINY.build(3, Options())


def test_each_tensor_arrives_in_its_layer_and_bgr_kernels_are_turned_to_rgb(
    model: keras.Model,
) -> None:
    tensors = _tensors()
    _transfer(model, TINY, tensors)
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
    _transfer(model, TINY, tensors)
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
    moved = _transfer(model, TINY, _tensors())
    assert moved.transferred == ("first", "second")
    assert moved.reset == ("dense", "last")


def test_layers_that_a_transfer_resets_keep_their_first_weights_though_the_file_has_others(
    model: keras.Model,
) -> None:
    before = model.get_layer("dense").get_weights()[0]
    tensors = _tensors(d_w=np.ones(before.shape, "f4"), d_b=np.ones(before.shape[-1], "f4"))
    moved = _transfer(model, TINY, tensors)
    assert np.array_equal(model.get_layer("dense").get_weights()[0], before)
    assert "dense" in moved.reset


def test_with_nothing_to_reset_every_layer_is_taken(model: keras.Model) -> None:
    shape = tuple(model.get_layer("dense").kernel.shape)
    tensors = _tensors(d_w=np.ones(shape, "f4"), d_b=np.ones(shape[-1], "f4"))
    moved = transfer(model, WeightsFile(PUBLISHED, Options(), tensors, reset=()))
    assert moved.transferred == ("first", "second", "dense")
    assert np.array_equal(model.get_layer("dense").get_weights()[0], tensors["d.w"])


def test_each_tensor_of_the_file_is_told_of(model: keras.Model) -> None:
    shape = tuple(model.get_layer("dense").kernel.shape)
    tensors = _tensors(d_w=np.ones(shape, "f4")) | {"counter": np.array(7)}
    del tensors["c2.w"], tensors["c2.b"]
    moved = _transfer(model, TINY, tensors)
    assert moved.tensors == (
        TensorFate("c1.w", (3, 3, 3, 4), "taken", "first/kernel"),
        TensorFate("c1.b", (4,), "taken", "first/bias"),
        TensorFate("d.w", shape, "reset", "dense/kernel"),
        TensorFate("counter", (), "unused", None),
    )
    assert transfer_table(moved).splitlines() == [
        "tensor   shape    went to",
        "-------  -------  --------------------",
        "c1.w     3x3x3x4  first/kernel",
        "c1.b     4        first/bias",
        "d.w      80x6     reset (dense/kernel)",
        "counter  scalar   unused",
        "1 layers from us",
        "start anew: second, dense, last",
    ]


def test_a_file_with_some_of_the_tensors_transfers_those(model: keras.Model) -> None:
    tensors = _tensors()
    before = model.get_layer("first").get_weights()[0]
    moved = _transfer(model, TINY, {name: tensors[name] for name in ("c2.w", "c2.b")})
    assert moved.transferred == ("second",)
    assert moved.reset == ("first", "dense", "last")
    assert np.array_equal(model.get_layer("first").get_weights()[0], before)


@pytest.mark.parametrize("shape", [(5, 5, 4, 5), (3, 3, 4), ()])
def test_another_shape_is_refused_with_both_shapes_and_nothing_is_taken(
    model: keras.Model, shape: tuple[int, ...]
) -> None:
    before = model.get_layer("first").get_weights()[0]
    with pytest.raises(UserError) as refused:
        _transfer(model, TINY, _tensors(c2_w=np.zeros(shape, "f4")))
    assert str(refused.value) == (
        f"expected c2.w to fill second/kernel of shape (3, 3, 4, 5), received {shape}: these "
        "weights belong to another architecture or other options"
    )
    assert np.array_equal(model.get_layer("first").get_weights()[0], before)


def test_a_layer_of_which_the_file_has_only_a_part_is_refused(model: keras.Model) -> None:
    tensors = _tensors()
    del tensors["c2.b"]
    with pytest.raises(UserError, match=r"^expected c2\.b for layer second, whose other tensors"):
        _transfer(model, TINY, tensors)


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
        _transfer(model, TINY, _tensors(c1_b=tensor))


def test_a_file_without_any_known_name_is_refused_with_names_of_both() -> None:
    with pytest.raises(
        UserError,
        match=r"^expected tensors named c1\.w … \(us\), or conv\.weight … \(them\) for tiny, "
        r"received: x …$",
    ):
        recognise(TINY, {"x": np.zeros(4, "f4")})
    with pytest.raises(UserError, match=r"received: none …$"):
        recognise(TINY, {})


def test_names_of_the_last_layers_alone_do_not_make_a_file_known() -> None:
    """Every network of keras.applications has a layer `predictions`."""
    with pytest.raises(UserError, match=r"^expected tensors named features\.0\.weight … "):
        recognise(VGG16, {"predictions/0": np.zeros((2048, 1000), "f4")})


def test_a_file_is_of_the_publisher_who_gave_most_of_its_names() -> None:
    assert recognise(TINY, _tensors()) is PUBLISHED
    assert recognise(TINY, {"conv.weight": np.zeros(1)}) is THEIRS


def test_options_that_nobody_set_follow_the_weights() -> None:
    torchvision, applications = RESNET50.weights
    options = RESNET50.options()
    assert options_for(RESNET50, torchvision, options).model_dump() == {"variant": "v1.5"}
    assert options_for(RESNET50, applications, options).model_dump() == {"variant": "v1"}
    alexnet = read_options(ALEXNET, ["order=pool-normalise"])
    followed = options_for(ALEXNET, ALEXNET.weights[0], alexnet)
    assert followed.model_dump() == {"groups": 2, "order": "pool-normalise"}


def test_an_option_that_contradicts_the_weights_is_refused() -> None:
    options = read_options(RESNET50, ["variant=v1.5"])
    with pytest.raises(
        UserError,
        match=r"^keras\.applications' ResNet50 needs --arch-option variant=v1 of resnet50, "
        r"received: variant=v1\.5$",
    ):
        options_for(RESNET50, RESNET50.weights[1], options)


def test_an_architecture_without_published_weights_says_so() -> None:
    model = LENET5.build(3, read_options(LENET5, []))
    with pytest.raises(
        UserError, match=r"^lenet5 has no published weights: say --weights none, or"
    ):
        _transfer(model, LENET5, _tensors())


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
    moved = _transfer(alexnet, ALEXNET, tensors)
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
    path = real_leaves / "weights" / "alexnet_conv_bvlc_int8.npz"
    weights = open_weights(path, ALEXNET, ALEXNET.options())
    moved = transfer(alexnet, weights)
    assert moved.transferred == ("conv1", "conv2", "conv3", "conv4", "conv5")
    kernel = alexnet.get_layer("conv1").get_weights()[0]
    assert np.array_equal(kernel[:, :, 0], weights.tensors["conv1_w"][:, :, 2])


@pytest.mark.shared
def test_weights_of_one_alexnet_are_not_those_of_the_other(
    alexnet: keras.Model, real_leaves: Path
) -> None:
    path = real_leaves / "weights" / "alexnet_conv_torchvision.npz"
    weights = open_weights(path, ALEXNET, ALEXNET.options())
    with pytest.raises(
        UserError,
        match=r"^expected conv1_w to fill conv1/kernel of shape \(11, 11, 3, 96\), received "
        r"\(11, 11, 3, 64\): these weights belong to another architecture",
    ):
        transfer(alexnet, weights)


@pytest.mark.shared
def test_torchvisions_own_convolutions_give_their_published_activations(real_leaves: Path) -> None:
    """The means that the weights' README states for x = sin(0.05 h + 0.08 w + c)."""
    path = real_leaves / "weights" / "alexnet_conv_torchvision.npz"
    weights = open_weights(path, ALEXNET_OWT, ALEXNET_OWT.options())
    model = ALEXNET_OWT.build(5, weights.options)
    moved = transfer(model, weights)
    assert moved.transferred == ("conv1", "conv2", "conv3", "conv4", "conv5")
    h, w, c = np.ogrid[:224, :224, :3]
    normalised = np.sin(0.05 * h + 0.08 * w + c).astype("f4")[np.newaxis]
    names = [*moved.transferred, "pool5"]
    convolutions = keras.Model(
        model.get_layer("mean").output, [model.get_layer(name).output for name in names]
    )
    activations = [layer.numpy() for layer in convolutions(normalised)]
    means = [float(layer.mean()) for layer in activations]
    assert means == pytest.approx([0.37262, 0.72103, 0.63836, 0.42306, 0.11433, 0.25775], abs=1e-5)
    assert activations[-1].max() == pytest.approx(9.29126, abs=1e-4)
