from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights

WriteCaffeModel = Callable[[Path, dict[str, tuple[str, list[np.ndarray]]]], None]

NETWORK = """
name: "tiny"
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "fc2" type: "InnerProduct" bottom: "conv1" top: "fc2"
        inner_product_param { num_output: 5 } }
layer { name: "prob" type: "Softmax" bottom: "fc2" top: "prob" }
"""


def _values(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32)


LAYERS = {
    "conv1": ("Convolution", [_values(4, 3, 3, 3), _values(4)]),
    "fc2": ("InnerProduct", [_values(5, 144), _values(5)]),
}


# The same in the format of 2014.
V1_NETWORK = """
name: "tiny"
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1"
         convolution_param { num_output: 4 kernel_size: 3 } }
layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }
layers { name: "fc2" type: INNER_PRODUCT bottom: "conv1" top: "fc2"
         inner_product_param { num_output: 5 } }
layers { name: "prob" type: SOFTMAX bottom: "fc2" top: "prob" }
"""


@pytest.mark.parametrize(
    "description", ["tiny.prototxt", "tiny_deploy.prototxt", "deploy.prototxt"]
)
def test_every_blob_comes_back_by_the_description_beside_the_model(
    tmp_path: Path, write_caffe_model: WriteCaffeModel, description: str
) -> None:
    write_caffe_model(tmp_path / "tiny.caffemodel", LAYERS)
    (tmp_path / description).write_text(NETWORK)
    tensors = read_weights(tmp_path / "tiny.caffemodel")
    assert list(tensors) == [
        f"{layer}.blobs[{number}]" for layer in ("conv1", "fc2") for number in (0, 1)
    ]
    for layer, (_, blobs) in LAYERS.items():
        for number, blob in enumerate(blobs):
            assert np.array_equal(tensors[f"{layer}.blobs[{number}]"], blob)


@pytest.mark.parametrize("network", [NETWORK, V1_NETWORK], ids=["description anew", "both of 2014"])
def test_a_model_in_the_format_of_2014_is_read_too(
    tmp_path: Path, write_v1_caffe_model: WriteCaffeModel, network: str
) -> None:
    write_v1_caffe_model(tmp_path / "tiny.caffemodel", LAYERS)
    (tmp_path / "tiny.prototxt").write_text(network)
    tensors = read_weights(tmp_path / "tiny.caffemodel")
    for layer, (_, blobs) in LAYERS.items():
        for number, blob in enumerate(blobs):
            assert np.array_equal(tensors[f"{layer}.blobs[{number}]"], blob)


def test_a_model_without_its_description_says_which_file_is_missing(
    tmp_path: Path, write_caffe_model: WriteCaffeModel
) -> None:
    write_caffe_model(tmp_path / "tiny.caffemodel", LAYERS)
    with pytest.raises(
        UserError, match=r"as tiny\.prototxt, tiny_deploy\.prototxt or deploy\.prototxt: none is"
    ):
        read_weights(tmp_path / "tiny.caffemodel")


@pytest.mark.parametrize("damaged", ["model", "description", "text"])
def test_a_damaged_pair_is_refused_in_one_line_and_nothing_else_is_said(
    tmp_path: Path,
    write_caffe_model: WriteCaffeModel,
    damaged: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "tiny.caffemodel"
    write_caffe_model(path, LAYERS)
    network = NETWORK
    if damaged == "model":
        path.write_bytes(path.read_bytes()[:-100])
    else:
        network = {"description": NETWORK[:-200], "text": "no network"}[damaged]
    path.with_suffix(".prototxt").write_text(network)
    with pytest.raises(UserError, match=r"^expected a Caffe model, cannot read .*prototxt") as no:
        read_weights(path)
    assert "\n" not in str(no.value)
    assert capfd.readouterr() == ("", "")
