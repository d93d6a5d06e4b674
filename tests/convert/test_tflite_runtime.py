"""Our files under tflite-runtime 2.14, the last of its name, beside ai-edge-litert.

It needs another NumPy, so it has an environment of its own: `make test-tflite-runtime`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

import plant_device
from plant_convert.backends import Backend, Dense, Method, Quantisation, quantise
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_convert.runtime_version import with_runtime_version
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture, network_input
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture
from plant_device.models.selftest import CLOSE_STEPS
from plant_train.archs import find_architecture, read_options

pytestmark = pytest.mark.tflite_runtime

# Int8 logits [n, N] of a flatbuffer for pictures, in the other environment.
InTfliteRuntime = Callable[[bytes, list[Picture], int], np.ndarray]


@pytest.fixture
def in_tflite_runtime(tmp_path: Path) -> InTfliteRuntime:
    """Run in_tflite_runtime.py, and wait for it."""
    python = os.environ.get("TFLITE_RUNTIME_PYTHON")
    if python is None:
        pytest.skip("TFLITE_RUNTIME_PYTHON names no Python that has it: make test-tflite-runtime")
    script = Path(__file__).with_name("in_tflite_runtime.py")
    # The device's code alone; its libraries are the other environment's.
    device = str(Path(plant_device.__file__).parents[1])

    def run(flatbuffer: bytes, pictures: list[Picture], classes: int) -> np.ndarray:
        model, inputs = tmp_path / "model.tflite", tmp_path / "inputs.npy"
        model.write_bytes(flatbuffer)
        np.save(inputs, np.stack(pictures))
        process = subprocess.run(
            [python, str(script), str(model), str(inputs), str(classes)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": device},
        )
        assert process.returncode == 0, process.stderr
        return np.array(json.loads(process.stdout))

    return run


def _here(flatbuffer: bytes, pictures: list[Picture], classes: int) -> np.ndarray:
    runtime = Runtime(flatbuffer, side=pictures[0].shape[0], classes=classes, name="here")
    return np.stack([runtime.quantised_logits(picture) for picture in pictures]).astype(int)


def test_a_model_file_names_the_same_classes(
    in_tflite_runtime: InTfliteRuntime, lenet_model_file: Path, sample_data: Path
) -> None:
    model = read_model_file(lenet_model_file)
    geometry, classes = model.manifest.geometry, len(model.manifest.classes)
    leaves = sorted(sample_data.rglob("*.jpg"))
    pictures = [network_input(read_picture(leaf), geometry) for leaf in leaves]
    assert len(pictures) > 200
    here = _here(model.flatbuffer, pictures, classes)
    there = in_tflite_runtime(model.flatbuffer, pictures, classes)
    assert np.mean(here.argmax(axis=1) == there.argmax(axis=1)) >= 0.99
    assert np.abs(here - there).max() <= CLOSE_STEPS
    for test in model.self_tests:
        (logits,) = in_tflite_runtime(model.flatbuffer, [test.picture], classes)
        assert np.abs(logits - test.logits).max() <= CLOSE_STEPS


@pytest.mark.slow
@pytest.mark.parametrize("dense", list(Dense))
@pytest.mark.parametrize("backend", list(Backend))
def test_alexnet_with_its_normalisations_has_the_same_logits(
    in_tflite_runtime: InTfliteRuntime, backend: Backend, dense: Dense
) -> None:
    alexnet = find_architecture("alexnet")
    keras.utils.set_random_seed(0)
    model = alexnet.build(5, read_options(alexnet, []))
    side = alexnet.geometry.input_side
    coarse = np.random.default_rng(0).integers(0, 256, (8, 9, 9, 3)).astype(np.uint8)
    pictures = [np.asarray(cv2.resize(one, (side, side)), np.uint8) for one in coarse]
    pictures[0][0, 0], pictures[0][-1, -1] = 0, 255
    graph = with_integer_lrn(inference_graph(model), pictures)
    flatbuffer = with_runtime_version(
        quantise(graph, pictures, Quantisation(backend, Method.MIN_MAX, dense))
    )
    here = _here(flatbuffer, pictures, 5)
    # Not all alike, of which anything might be said.
    assert np.ptp(here, axis=0).min() > 20
    assert np.abs(here - in_tflite_runtime(flatbuffer, pictures, 5)).max() <= CLOSE_STEPS
