"""The real `plant-train weights`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.errors import UserError
from plant_train.archs.alexnet_owt import ALEXNET_OWT
from plant_train.archs.architecture import Options
from plant_train.weights.command import inspect_weights

SHAPES = [
    *((64, 3, 11, 11), (64,), (192, 64, 5, 5), (192,), (384, 192, 3, 3), (384,)),
    *((256, 384, 3, 3), (256,), (256, 256, 3, 3), (256,)),
    *((4096, 9216), (4096,), (4096, 4096), (4096,), (7, 4096), (7,)),
]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """alexnet-owt's first convolution and something else."""
    path = tmp_path_factory.mktemp("published") / "conv.npz"
    tensors = {
        "conv1_w": np.zeros((11, 11, 3, 64), np.float32),
        "conv1_b": np.zeros(64, np.float32),
        "step": np.array(3),
    }
    np.savez(path, **tensors)  # type: ignore[arg-type]
    return path


def test_json_alone_on_stdout_tells_of_each_tensor(warm_train: Command, published: Path) -> None:
    process = warm_train("weights", published, "--arch", "alexnet-owt", "--json")
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == {
        "publisher": "torchvision's convolutions as arrays",
        "options": {},
        "transferred": ["conv1"],
        "reset": ["conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"],
        "tensors": [
            {
                "name": "conv1_w",
                "shape": [11, 11, 3, 64],
                "fate": "taken",
                "variable": "conv1/kernel",
            },
            {"name": "conv1_b", "shape": [64], "fate": "taken", "variable": "conv1/bias"},
            {"name": "step", "shape": [], "fate": "unused", "variable": None},
        ],
    }


@pytest.fixture
def leaf(tmp_path: Path) -> Path:
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "leaf.png")
    return tmp_path / "leaf.png"


def test_a_picture_needs_a_file_with_every_layer(published: Path, leaf: Path) -> None:
    with pytest.raises(
        UserError,
        match=r"^expected a file with every layer of alexnet-owt, to run it as published: it has "
        r"no fc8$",
    ):
        inspect_weights(published, ALEXNET_OWT, Options(), leaf)


def test_the_logits_of_a_picture_are_those_of_the_published_network(
    tmp_path: Path, leaf: Path
) -> None:
    """A published network whose last bias alone is not zero gives just that."""
    tensors = {
        tensor.name: np.zeros(shape, np.float32)
        for tensor, shape in zip(ALEXNET_OWT.weights[0].tensors, SHAPES, strict=True)
    }
    tensors["classifier.6.bias"] = np.arange(7, dtype=np.float32)
    np.savez(tmp_path / "whole.npz", **tensors)  # type: ignore[arg-type]
    inspection = inspect_weights(tmp_path / "whole.npz", ALEXNET_OWT, Options(), leaf)
    assert inspection.moved.reset == ()
    assert inspection.logits == list(range(7))
    assert json.loads(inspection.as_json())["logits"] == list(range(7))
    assert inspection.as_text().splitlines()[-1].startswith("highest logits: 6.0000 (class 6), 5.")


@pytest.mark.parametrize("classes", [0, 100_001])
def test_a_classifier_of_no_plausible_size_is_not_built(
    tmp_path: Path, leaf: Path, classes: int
) -> None:
    tensors = {
        "features.0.weight": np.zeros(SHAPES[0], np.float32),
        "classifier.6.bias": np.zeros(classes, np.float32),
    }
    np.savez(tmp_path / "odd.npz", **tensors)  # type: ignore[arg-type]
    with pytest.raises(
        UserError, match=rf"^expected 1 to 100,000 classes .*, received {classes:,}$"
    ):
        inspect_weights(tmp_path / "odd.npz", ALEXNET_OWT, Options(), leaf)


def test_weights_of_another_network_are_refused_in_one_line(
    warm_train: Command, published: Path
) -> None:
    process = warm_train("weights", published, "--arch", "resnet50")
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("error: expected tensors named conv1.weight … (torchvision's")
    assert process.stderr.count("\n") == 1
