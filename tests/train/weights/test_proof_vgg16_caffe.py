"""The same pictures through the authors' VGG16, as Caffe has it, in OpenCV and through ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from plant_train.archs.architecture import Architecture
from plant_train.archs.vgg16 import VGG16
from plant_train.weights.porting import WeightsFile, open_weights

pytestmark = pytest.mark.import_proof

Pictures = Callable[[int], np.ndarray]
SeededTensors = Callable[..., dict[str, np.ndarray]]
OurLogits = Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray]
WriteCaffeModel = Callable[[Path, dict[str, tuple[str, list[np.ndarray]]]], None]

# Fewer than ImageNet's: the rest of the file is half a gigabyte already.
CLASSES = 10
# Filters of each block's convolutions.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def _description() -> str:
    """VGG_ILSVRC_16_layers_deploy.prototxt, for two pictures and fewer classes."""
    lines = ['name: "VGG_ILSVRC_16_layers"', 'input: "data"']
    lines += [f"input_dim: {length}" for length in (2, 3, 224, 224)]
    bottom = "data"

    def add(name: str, kind: str, top: str, settings: str = "") -> None:
        nonlocal bottom
        lines.append(
            f'layers {{ bottom: "{bottom}" top: "{top}" name: "{name}" type: {kind} {settings} }}'
        )
        bottom = top

    for block, convolutions in enumerate(BLOCKS, start=1):
        for number, filters in enumerate(convolutions, start=1):
            place = f"{block}_{number}"
            kernel = f"convolution_param {{ num_output: {filters} pad: 1 kernel_size: 3 }}"
            add(f"conv{place}", "CONVOLUTION", f"conv{place}", kernel)
            add(f"relu{place}", "RELU", f"conv{place}")
        pooling = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
        add(f"pool{block}", "POOLING", f"pool{block}", pooling)
    for number, units in ((6, 4096), (7, 4096), (8, CLASSES)):
        dense = f"inner_product_param {{ num_output: {units} }}"
        add(f"fc{number}", "INNER_PRODUCT", f"fc{number}", dense)
        if number != 8:
            add(f"relu{number}", "RELU", f"fc{number}")
            dropout = "dropout_param { dropout_ratio: 0.5 }"
            add(f"drop{number}", "DROPOUT", f"fc{number}", dropout)
    add("prob", "SOFTMAX", "prob")
    return "\n".join(lines)


def _shapes() -> dict[str, list[int]]:
    kernels: dict[str, list[int]] = {}
    channels = 3
    for block, convolutions in enumerate(BLOCKS, start=1):
        for number, filters in enumerate(convolutions, start=1):
            kernels[f"conv{block}_{number}"] = [filters, channels, 3, 3]
            channels = filters
    kernels |= {"fc6": [4096, 512 * 7 * 7], "fc7": [4096, 4096], "fc8": [CLASSES, 4096]}
    return {
        f"{layer}.blobs[{number}]": shape if number == 0 else shape[:1]
        for layer, shape in kernels.items()
        for number in (0, 1)
    }


def _blue_green_red(pixels: np.ndarray) -> np.ndarray:
    """The authors' preprocessing: BGR without the mean of the training set, [n, 3, S, S]."""
    values = pixels[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def _write(path: Path, tensors: dict[str, np.ndarray], write: WriteCaffeModel) -> None:
    layers = list(dict.fromkeys(name.partition(".")[0] for name in tensors))
    write(
        path,
        {
            layer: (
                "InnerProduct" if layer.startswith("fc") else "Convolution",
                [tensors[f"{layer}.blobs[{number}]"] for number in (0, 1)],
            )
            for layer in layers
        },
    )


def test_the_authors_caffe_model_gives_the_logits_that_opencv_gives(
    tmp_path: Path,
    pictures: Pictures,
    seeded_tensors: SeededTensors,
    our_logits: OurLogits,
    write_v1_caffe_model: WriteCaffeModel,
) -> None:
    path = tmp_path / "VGG_ILSVRC_16_layers.caffemodel"
    description = tmp_path / "VGG_ILSVRC_16_layers_deploy.prototxt"
    description.write_text(_description())
    _write(path, seeded_tensors(_shapes(), seed=3, last_gain=0.005), write_v1_caffe_model)

    network = cv2.dnn.readNetFromCaffe(str(description), str(path))
    network.setInput(_blue_green_red(pictures(224)))
    theirs = np.asarray(network.forward("fc8"))
    del network

    weights = open_weights(path, VGG16, VGG16.options())
    assert weights.options.model_dump() == {"normalisation": "caffe"}
    assert 0.5 < theirs.std() < 10
    np.testing.assert_allclose(our_logits(VGG16, weights, pictures(224)), theirs, atol=1e-3, rtol=0)
