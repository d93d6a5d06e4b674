"""The same pictures through BVLC AlexNet in OpenCV and in ONNX Runtime, and through ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from plant_train.archs.alexnet import ALEXNET
from plant_train.archs.architecture import Architecture
from plant_train.weights.porting import WeightsFile, open_weights

pytestmark = pytest.mark.import_proof

Pictures = Callable[[int], np.ndarray]
SeededTensors = Callable[..., dict[str, np.ndarray]]
OurLogits = Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray]
WriteCaffeModel = Callable[[Path, dict[str, tuple[str, list[np.ndarray]]]], None]

GOLDEN = json.loads((Path(__file__).parent / "golden" / "published_logits.json").read_text())

# caffe/models/bvlc_alexnet/deploy.prototxt without its softmax.
NETWORK = """
name: "AlexNet"
input: "data" input_dim: 2 input_dim: 3 input_dim: 227 input_dim: 227
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 96 kernel_size: 11 stride: 4 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1"
        lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
        pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
        convolution_param { num_output: 256 pad: 2 kernel_size: 5 group: 2 } }
layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
layer { name: "norm2" type: "LRN" bottom: "conv2" top: "norm2"
        lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
layer { name: "pool2" type: "Pooling" bottom: "norm2" top: "pool2"
        pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "conv3" type: "Convolution" bottom: "pool2" top: "conv3"
        convolution_param { num_output: 384 pad: 1 kernel_size: 3 } }
layer { name: "relu3" type: "ReLU" bottom: "conv3" top: "conv3" }
layer { name: "conv4" type: "Convolution" bottom: "conv3" top: "conv4"
        convolution_param { num_output: 384 pad: 1 kernel_size: 3 group: 2 } }
layer { name: "relu4" type: "ReLU" bottom: "conv4" top: "conv4" }
layer { name: "conv5" type: "Convolution" bottom: "conv4" top: "conv5"
        convolution_param { num_output: 256 pad: 1 kernel_size: 3 group: 2 } }
layer { name: "relu5" type: "ReLU" bottom: "conv5" top: "conv5" }
layer { name: "pool5" type: "Pooling" bottom: "conv5" top: "pool5"
        pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layer { name: "fc6" type: "InnerProduct" bottom: "pool5" top: "fc6"
        inner_product_param { num_output: 4096 } }
layer { name: "relu6" type: "ReLU" bottom: "fc6" top: "fc6" }
layer { name: "drop6" type: "Dropout" bottom: "fc6" top: "fc6" }
layer { name: "fc7" type: "InnerProduct" bottom: "fc6" top: "fc7"
        inner_product_param { num_output: 4096 } }
layer { name: "relu7" type: "ReLU" bottom: "fc7" top: "fc7" }
layer { name: "drop7" type: "Dropout" bottom: "fc7" top: "fc7" }
layer { name: "fc8" type: "InnerProduct" bottom: "fc7" top: "fc8"
        inner_product_param { num_output: CLASSES } }
"""


def _shapes(classes: int) -> dict[str, list[int]]:
    kernels = {
        "conv1": [96, 3, 11, 11],
        "conv2": [256, 48, 5, 5],
        "conv3": [384, 256, 3, 3],
        "conv4": [384, 192, 3, 3],
        "conv5": [256, 192, 3, 3],
        "fc6": [4096, 9216],
        "fc7": [4096, 4096],
        "fc8": [classes, 4096],
    }
    return {
        f"{layer}.blobs[{number}]": shape if number == 0 else shape[:1]
        for layer, shape in kernels.items()
        for number in (0, 1)
    }


def _blue_green_red(pixels: np.ndarray) -> np.ndarray:
    """Caffe's preprocessing: BGR without the mean, [n, 3, S, S]."""
    values = pixels[..., ::-1] - np.array([104, 117, 123], np.float32)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def _caffe_logits(
    path: Path, tensors: dict[str, np.ndarray], pixels: np.ndarray, write: WriteCaffeModel
) -> np.ndarray:
    """Write the pair that Caffe has, and run it by OpenCV."""
    layers = list(dict.fromkeys(name.partition(".")[0] for name in tensors))
    blobs = {layer: [tensors[f"{layer}.blobs[{n}]"] for n in (0, 1)] for layer in layers}
    kinds = {layer: "InnerProduct" if "fc" in layer else "Convolution" for layer in layers}
    write(path, {layer: (kinds[layer], blobs[layer]) for layer in layers})
    description = path.with_suffix(".prototxt")
    description.write_text(NETWORK.replace("CLASSES", str(len(blobs["fc8"][1]))))
    network = cv2.dnn.readNetFromCaffe(str(description), str(path))
    network.setInput(_blue_green_red(pixels))
    return np.asarray(network.forward())


def test_a_caffe_model_gives_the_logits_that_opencv_gives(
    tmp_path: Path,
    pictures: Pictures,
    seeded_tensors: SeededTensors,
    our_logits: OurLogits,
    write_caffe_model: WriteCaffeModel,
) -> None:
    path = tmp_path / "bvlc_alexnet.caffemodel"
    tensors = seeded_tensors(_shapes(1000), seed=1, last_gain=0.05)
    theirs = _caffe_logits(path, tensors, pictures(227), write_caffe_model)
    weights = open_weights(path, ALEXNET, ALEXNET.options())
    assert 0.5 < theirs.std() < 10
    np.testing.assert_allclose(
        our_logits(ALEXNET, weights, pictures(227)), theirs, atol=1e-3, rtol=0
    )


def test_the_committed_logits_are_those_that_opencv_gives(
    tmp_path: Path,
    pictures: Pictures,
    seeded_tensors: SeededTensors,
    write_caffe_model: WriteCaffeModel,
) -> None:
    golden = GOLDEN["alexnet"]
    assert golden["shapes"] == _shapes(10)
    tensors = seeded_tensors(golden["shapes"], golden["seed"], golden["last_gain"])
    theirs = _caffe_logits(tmp_path / "a.caffemodel", tensors, pictures(227), write_caffe_model)
    np.testing.assert_allclose(theirs, golden["logits"], atol=1e-4)


def _zoo_graph(onnx: Any, tensors: dict[str, np.ndarray]) -> Any:
    """BVLC AlexNet with the names of the ONNX model zoo's bvlcalexnet-12, at 227 x 227."""
    nodes: list[Any] = []
    x = "data_0"

    def add(kind: str, *more: str, **settings: Any) -> None:
        nonlocal x
        result = f"x{len(nodes)}"
        nodes.append(onnx.helper.make_node(kind, [x, *more], [result], **settings))
        x = result

    for layer, pad, stride, group, follows in (
        ("conv1", 0, 4, 1, ("LRN", "MaxPool")),
        ("conv2", 2, 1, 2, ("LRN", "MaxPool")),
        ("conv3", 1, 1, 1, ()),
        ("conv4", 1, 1, 2, ()),
        ("conv5", 1, 1, 2, ("MaxPool",)),
    ):
        names = (f"{layer}_w_0", f"{layer}_b_0")
        add("Conv", *names, pads=[pad] * 4, strides=[stride] * 2, group=group)
        add("Relu")
        if "LRN" in follows:
            add("LRN", size=5, alpha=1e-4, beta=0.75, bias=1.0)
        if "MaxPool" in follows:
            add("MaxPool", kernel_shape=[3, 3], strides=[2, 2])
    add("Flatten")
    for layer in ("fc6", "fc7", "fc8"):
        add("Gemm", f"{layer}_w_0", f"{layer}_b_0", transB=1)
        if layer != "fc8":
            add("Relu")
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("data_0", (2, 3, 227, 227)), (x, (2, 1000)))
    ]
    initialisers = [onnx.numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = onnx.helper.make_graph(nodes, "bvlcalexnet", ends[:1], ends[1:], initialisers)
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 12)], ir_version=8
    )


def test_an_onnx_model_gives_the_logits_that_onnx_runtime_gives(
    tmp_path: Path, pictures: Pictures, seeded_tensors: SeededTensors, our_logits: OurLogits
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: extra [import]")
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    seeded = seeded_tensors(_shapes(1000), seed=2, last_gain=0.05)
    spelled = {".blobs[0]": "_w_0", ".blobs[1]": "_b_0"}
    tensors = {f"{name[:-9]}{spelled[name[-9:]]}": array for name, array in seeded.items()}
    path = tmp_path / "bvlcalexnet.onnx"
    onnx.save(_zoo_graph(onnx, tensors), path)
    session = onnxruntime.InferenceSession(path)
    (theirs,) = session.run(None, {"data_0": _blue_green_red(pictures(227))})
    weights = open_weights(path, ALEXNET, ALEXNET.options())
    assert 0.5 < theirs.std() < 10
    np.testing.assert_allclose(
        our_logits(ALEXNET, weights, pictures(227)), theirs, atol=1e-3, rtol=0
    )
