"""The real `plant-train weights`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

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


def test_json_alone_on_stdout_tells_of_each_tensor(plant_train: Command, published: Path) -> None:
    process = plant_train("weights", published, "--arch", "alexnet-owt", "--json")
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


def test_weights_of_another_network_are_refused_in_one_line(
    plant_train: Command, published: Path
) -> None:
    process = plant_train("weights", published, "--arch", "resnet50")
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("error: expected tensors named conv1.weight … (torchvision's")
    assert process.stderr.count("\n") == 1
