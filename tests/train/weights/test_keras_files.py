from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights

ENDINGS = ("keras", "weights.h5", "h5")


def _model() -> keras.Model:
    inner = keras.Sequential(
        [
            keras.Input((4, 4, 4)),
            keras.layers.Conv2D(5, 3, use_bias=False, name="inner_conv"),
            keras.layers.BatchNormalization(name="inner_norm"),
        ],
        name="backbone",
    )
    inputs = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(4, 3, name="block1_conv1")(inputs)
    x = keras.layers.Dropout(0.5, seed=1, name="drop")(inner(x))
    x = keras.layers.Flatten(name="flat")(x)
    model = keras.Model(inputs, keras.layers.Dense(2, name="predictions")(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return _model()


def _save(model: keras.Model, path: Path) -> Path:
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_layers_variables_come_back_under_its_own_name(
    model: keras.Model, tmp_path: Path, ending: str
) -> None:
    tensors = read_weights(_save(model, tmp_path / f"model.{ending}"))
    backbone = model.get_layer("backbone")
    expected = {
        f"{layer.name}/{number}": value
        for layer in (
            model.get_layer("block1_conv1"),
            backbone.get_layer("inner_conv"),
            backbone.get_layer("inner_norm"),
            model.get_layer("predictions"),
        )
        for number, value in enumerate(layer.get_weights())
    }
    assert {name for name in tensors if "seed" not in name} == expected.keys()
    for name, value in expected.items():
        assert np.array_equal(tensors[name], value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_optimizers_variables_are_left_out(tmp_path: Path, ending: str) -> None:
    model = _model()
    model.compile(optimizer="adam", loss="mse")
    model.fit(np.zeros((2, 6, 6, 3)), np.zeros((2, 2)), verbose=0)
    tensors = read_weights(_save(model, tmp_path / f"model.{ending}"))
    owners = {name.rpartition("/")[0] for name in tensors}
    assert owners == {"block1_conv1", "inner_conv", "inner_norm", "predictions"}


def test_the_first_files_of_keras_applications_are_read_by_their_groups(tmp_path: Path) -> None:
    """VGG16's of 2016: names without a scope, in layers named beside them."""
    with h5py.File(tmp_path / "vgg16_weights_tf.h5", "w") as file:
        file.attrs["layer_names"] = [b"input_1", b"block1_conv1", b"fc1"]
        file.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        for layer, shapes in (("block1_conv1", ((3, 3, 3, 4), (4,))), ("fc1", ((4, 2), (2,)))):
            group = file.create_group(layer)
            names = [f"{layer}_W_1:0", f"{layer}_b_1:0"]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, shape in zip(names, shapes, strict=True):
                group[name] = np.ones(shape, "f4")
    tensors = read_weights(tmp_path / "vgg16_weights_tf.h5")
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "block1_conv1/0": (3, 3, 3, 4),
        "block1_conv1/1": (4,),
        "fc1/0": (4, 2),
        "fc1/1": (2,),
    }


def _keras3(path: Path) -> h5py.Group:
    group: h5py.Group = h5py.File(path, "w").create_group("layers/conv2d/vars")
    group.attrs["name"] = "block1_conv1"
    return group


def test_data_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(16))
    group = _keras3(tmp_path / "raw.h5")
    group.create_dataset("0", (4,), "f4", external=[(str(tmp_path / "secret"), 0, 16)])
    group.file.close()
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.zeros(4, "f4")
    group = _keras3(tmp_path / "link.h5")
    group["0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")
    group.file.close()
    for name in ("raw.h5", "link.h5"):
        with pytest.raises(UserError, match=r"lies in another file$"):
            read_weights(tmp_path / name)


def test_a_small_file_that_unpacks_to_more_than_two_gibibytes_is_refused(tmp_path: Path) -> None:
    group = _keras3(tmp_path / "bomb.h5")
    group.create_dataset("0", (1 << 30,), "f4", chunks=(1 << 20,), compression="gzip")
    group.file.close()
    assert (tmp_path / "bomb.h5").stat().st_size < 100_000
    with pytest.raises(UserError, match=r"at most 2 GiB, received 4,294,967,296 bytes"):
        read_weights(tmp_path / "bomb.h5")


def test_links_that_go_round_in_circles_end(tmp_path: Path) -> None:
    group = _keras3(tmp_path / "circle.h5")
    group["0"] = np.ones(3, "f4")
    layer = group.parent
    layer["layers"] = layer.parent
    group.file.close()
    assert list(read_weights(tmp_path / "circle.h5")) == ["block1_conv1/0"]


@pytest.mark.parametrize("content", ["empty", "foreign"])
def test_hdf5_that_keras_did_not_write_is_refused(tmp_path: Path, content: str) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        if content == "foreign":
            file["pictures"] = np.zeros(3)
        else:
            file.create_group("layers")
    with pytest.raises(UserError, match=r"^expected weights that Keras saved, cannot read .*: "):
        read_weights(tmp_path / "data.h5")


def test_the_code_of_a_keras_file_is_never_looked_at(model: keras.Model, tmp_path: Path) -> None:
    _save(model, tmp_path / "model.keras")
    with (
        zipfile.ZipFile(tmp_path / "model.keras") as whole,
        zipfile.ZipFile(tmp_path / "hostile.keras", "w") as hostile,
    ):
        hostile.writestr("config.json", '{"class_name": "Lambda", "config": "no"}')
        hostile.writestr("model.weights.h5", whole.read("model.weights.h5"))
    assert "block1_conv1/0" in read_weights(tmp_path / "hostile.keras")


@pytest.fixture(scope="module")
def saved(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("saved")
    return {ending: _save(model, folder / f"model.{ending}").read_bytes() for ending in ENDINGS}


@settings(max_examples=40)
@given(ending=st.sampled_from(ENDINGS), kept=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused_in_one_line(
    saved: dict[str, bytes], ending: str, kept: float
) -> None:
    content = saved[ending]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{ending}"
        path.write_bytes(content[: int(kept * len(content))])
        with pytest.raises(UserError) as refused:
            read_weights(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
