"""Every architecture as int8 on the device's own runtime, beside its float form."""

from __future__ import annotations

import cv2
import keras
import numpy as np
import pytest

from plant_convert.backends import Backend, Quantisation, quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture
from plant_train.archs import find_architecture, read_options

CLASSES = 5
# What a dynamic batch axis, batch normalisation of its own or a foreign op would add.
UNWANTED = {"SHAPE", "STRIDED_SLICE", "PACK", "CUSTOM", "DELEGATE", "RSQRT", "DEQUANTIZE"}


def _pictures(side: int, count: int) -> list[Picture]:
    coarse = np.random.default_rng(0).integers(0, 256, (count, 9, 9, 3)).astype(np.uint8)
    pictures = [np.asarray(cv2.resize(one, (side, side)), np.uint8) for one in coarse]
    pictures[0][0, 0], pictures[0][-1, -1] = 0, 255
    return pictures


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings", "convolutions", "tables"),
    [
        # A convolution more where the first takes blocks, and for the window of each of the two
        # normalisations, which have two tables.
        ("alexnet", [], 8, 4),
        ("alexnet", ["order=pool-normalise"], 8, 4),
        ("alexnet-owt", [], 6, 0),
        ("vgg16", [], 13, 0),
        ("resnet50", ["variant=v1.5"], 54, 0),
        ("resnet50", ["variant=v1"], 54, 0),
    ],
)
@pytest.mark.parametrize("backend", list(Backend))
def test_the_device_runs_it_in_integers_with_the_float_models_logits(
    backend: Backend, name: str, settings: list[str], convolutions: int, tables: int
) -> None:
    architecture = find_architecture(name)
    side = architecture.geometry.input_side
    keras.utils.set_random_seed(0)
    model = architecture.build(CLASSES, read_options(architecture, settings))
    # Calibrated on the pictures that are compared: no logit lies outside of what was seen.
    pictures = _pictures(side, 8)
    graph = with_integer_lrn(inference_graph(model), pictures)
    flatbuffer = quantise(graph, pictures, Quantisation(backend))
    contents = read_contents(flatbuffer)
    assert contents.float_tensors == 0
    assert contents.ops.count("CONV_2D") == convolutions
    # What else takes a difference is a batch normalisation that was left.
    assert contents.ops.count("TANH") == contents.ops.count("SUB") == tables
    assert not UNWANTED & set(contents.ops)
    assert not [op for op in contents.ops if op.startswith("Flex")]

    runtime = Runtime(flatbuffer, side=side, classes=CLASSES, name=name)
    int8 = np.stack([runtime.logits(picture) for picture in pictures])
    float32 = model.predict(np.stack(pictures).astype(np.float32), verbose=0)
    # How pictures differ, not what an untrained net says of all of them.
    differences = [logits - logits.mean(axis=0) for logits in (int8, float32)]
    assert np.corrcoef(*(one.ravel() for one in differences))[0, 1] > 0.95
    assert np.abs(int8 - float32).max() < 0.05 * np.ptp(float32)
