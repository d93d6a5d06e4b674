"""MediaPipe reads our metadata, and its image classifier runs what `export` writes.

It brings an OpenCV of its own, so it has an environment of its own: `make test-mediapipe`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_convert.export import export
from plant_convert.inspect import inspect
from plant_device.classify.classifier import Classified, open_classifier
from plant_device.contract.geometry import network_input
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture

pytestmark = pytest.mark.mediapipe

# A uint8 probability.
STEP = 1 / 256

InMediaPipe = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def in_mediapipe() -> InMediaPipe:
    """Run in_mediapipe.py with the given arguments, and wait for it."""
    python = os.environ.get("MEDIAPIPE_PYTHON")
    if python is None:
        pytest.skip("MEDIAPIPE_PYTHON names no Python that has MediaPipe: make test-mediapipe")
    script = Path(__file__).with_name("in_mediapipe.py")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        # Not ours: the other environment has its own.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [python, str(script), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    return run


@pytest.fixture(scope="module")
def exported(lenet_model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `plant-convert export` makes of the model file."""
    path = tmp_path_factory.mktemp("exported") / "leaves.tflite"
    export(lenet_model_file, path)
    return path


@pytest.fixture(scope="module")
def leaves(sample_data: Path) -> list[Path]:
    """Pictures that the training did not see."""
    return sorted((sample_data / "test").rglob("*.jpg"))


@pytest.fixture(scope="module")
def inputs(
    lenet_model_file: Path, leaves: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same as the network sees them: MediaPipe has another geometry."""
    geometry = read_model_file(lenet_model_file).manifest.geometry
    path = tmp_path_factory.mktemp("inputs") / "inputs.npy"
    np.save(path, np.stack([network_input(read_picture(leaf), geometry) for leaf in leaves]))
    return path


@pytest.mark.parametrize("file", ["lenet_model_file", "exported"])
def test_its_reader_finds_what_was_written(
    file: str, in_mediapipe: InMediaPipe, request: pytest.FixtureRequest, lenet_model_file: Path
) -> None:
    path = request.getfixturevalue(file)
    process = in_mediapipe("metadata", path)
    assert process.returncode == 0, process.stderr
    found = _rounded(process.stdout)
    assert found["metadata"] == _rounded(inspect(path).model_dump_json())["metadata"]
    labels = read_model_file(lenet_model_file).manifest.labels
    assert found["labels"].splitlines() == labels


def test_its_classifier_names_what_the_device_names(
    in_mediapipe: InMediaPipe,
    exported: Path,
    lenet_model_file: Path,
    leaves: list[Path],
    inputs: Path,
) -> None:
    process = in_mediapipe("classify", exported, inputs)
    assert process.returncode == 0, process.stderr
    answers = json.loads(process.stdout)
    classifier = open_classifier(lenet_model_file, threads=1)
    unsure = classifier.manifest.thresholds.unsure
    for leaf, answer in zip(leaves, answers, strict=True):
        assert _agree(classifier.classify(read_picture(leaf)), answer, unsure), leaf
    # Both happen: a class is named, and none is.
    assert 0 < sum(bool(answer) for answer in answers) < len(leaves)


def _rounded(text: str) -> Any:
    """JSON whose numbers were float32."""
    return json.loads(text, parse_float=lambda number: round(float(number), 6))


def _agree(outcome: Classified, answer: list[dict[str, Any]], unsure: float) -> bool:
    """Whether MediaPipe's first category is the device's, or neither names one."""
    leaf, probability = outcome.prediction.top[0]
    if not answer:
        return probability < unsure + STEP
    near = abs(answer[0]["score"] - probability) <= STEP
    return near and probability > unsure - STEP and answer[0]["label"] == leaf.label


def test_it_would_not_run_the_devices_own_file(
    in_mediapipe: InMediaPipe, lenet_model_file: Path, inputs: Path
) -> None:
    """Which is why there is an export."""
    process = in_mediapipe("classify", lenet_model_file, inputs)
    assert process.returncode != 0
    assert "to have type UINT8 or FLOAT32 or BOOL, found INT8 instead" in process.stderr
