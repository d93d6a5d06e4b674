"""Files of Keras are untrusted: nothing of them runs, and what is wrong is one sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from plant_convert.foreign.description import Description
from plant_convert.foreign.keras_file import load_keras_file
from plant_convert.foreign.network import is_foreign_network, read_network
from plant_device.contract.errors import UserError


class Doubling(layers.Layer):  # type: ignore[misc]
    """A layer that only these tests know."""

    def call(self, inputs: Any) -> Any:
        """Twice the inputs."""
        return inputs * 2


def _network(*strange: layers.Layer) -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    return keras.Sequential([inputs, *strange, layers.Flatten(), layers.Dense(2)])


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_layers_that_need_code_of_their_maker_are_refused_by_name(
    tmp_path: Path, ending: str
) -> None:
    mark = tmp_path / "it ran"
    path = str(mark)
    trap = layers.Lambda(lambda pixels: (open(path, "w"), pixels)[1], output_shape=(8, 8, 3))  # noqa: PTH123, SIM115
    file = tmp_path / f"net{ending}"
    for layer, name in ((trap, "Lambda"), (Doubling(), "Doubling")):
        _network(layer).save(file)
        mark.unlink(missing_ok=True)
        with pytest.raises(UserError, match=rf"own layers, .*net\{ending} has {name}, which needs"):
            load_keras_file(file)
        assert not mark.exists()


def test_a_layer_that_would_load_another_file_is_refused(tmp_path: Path) -> None:
    _network().export(tmp_path / "graph", verbose=False)
    graph = layers.TFSMLayer(str(tmp_path / "graph"), call_endpoint="serving_default")
    keras.Sequential([keras.Input((8, 8, 3)), graph]).save(tmp_path / "net.keras")
    with pytest.raises(UserError, match="has TFSMLayer, which needs code"):
        load_keras_file(tmp_path / "net.keras")


def test_damaged_files_and_weights_alone_are_refused(tmp_path: Path) -> None:
    model = _network()
    model.save(tmp_path / "net.keras")
    content = (tmp_path / "net.keras").read_bytes()
    middle = content.index(b"model.weights.h5") + 3000
    model.save_weights(tmp_path / "net.weights.h5")
    for name, damaged in (
        ("cut.keras", content[: len(content) // 2]),
        ("changed.keras", content[:middle] + b"other" + content[middle + 5 :]),
        ("text.keras", b"text"),
        ("empty.h5", b""),
        ("text.h5", b"text"),
        ("alone.h5", (tmp_path / "net.weights.h5").read_bytes()),
    ):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(UserError, match=rf"^expected a Keras model, cannot read .*{name}: ."):
            load_keras_file(tmp_path / name)


def test_an_archive_that_unpacks_to_more_than_any_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.keras"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model.weights.h5", b"few")
    # The directory promises 4 GiB.
    content = bytearray(file.read_bytes())
    size = content.index(b"PK\x01\x02") + 24
    content[size : size + 4] = b"\xfe\xff\xff\xff"
    file.write_bytes(content)
    with pytest.raises(UserError, match="at most 2 GiB"):
        load_keras_file(file)


def test_only_files_of_keras_and_saved_models_are_networks(lenet_run: Path, tmp_path: Path) -> None:
    assert not is_foreign_network(lenet_run)
    assert not is_foreign_network(tmp_path / "none.keras")
    described = Description(("a", "b"))
    with pytest.raises(UserError, match=r"is a run, which knows its classes: leave --labels out$"):
        read_network(lenet_run, described)
    for place, received in ((tmp_path, "something else"), (tmp_path / "none.keras", "nothing")):
        with pytest.raises(UserError, match=rf"\(.keras, .h5\).* received {received}$"):
            read_network(place, described)


def test_our_own_layers_are_known(lenet_run: Path) -> None:
    model = load_keras_file(lenet_run / "model.keras")
    assert np.isfinite(model(np.zeros((1, 32, 32, 3), np.float32)).numpy()).all()
