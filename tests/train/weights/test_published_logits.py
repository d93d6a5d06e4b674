"""Logits that PyTorch and OpenCV gave for seeded weights; no such program is needed here.

`golden/published_logits.json` has for each network every tensor's name and shape as published,
and the logits of the two pictures. test_proof_torchvision.py and test_proof_bvlc.py hold it
against the programs themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_train.archs import ARCHITECTURES
from plant_train.archs.architecture import Architecture
from plant_train.weights.porting import WeightsFile, recognise

GOLDEN = json.loads((Path(__file__).parent / "golden" / "published_logits.json").read_text())


@pytest.mark.parametrize(
    "name",
    # VGG16's 138 million weights take a quarter of a minute.
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "vgg16")) for name in GOLDEN],
)
def test_published_weights_give_their_published_logits(
    name: str,
    pictures: Callable[[int], np.ndarray],
    seeded_tensors: Callable[..., dict[str, np.ndarray]],
    our_logits: Callable[[Architecture, WeightsFile, np.ndarray], np.ndarray],
) -> None:
    golden, architecture = GOLDEN[name], ARCHITECTURES[name]
    tensors = seeded_tensors(golden["shapes"], golden["seed"], golden["last_gain"])
    published = recognise(architecture, tensors)
    weights = WeightsFile(published, architecture.options(), tensors, architecture.reset)
    ours = our_logits(architecture, weights, pictures(architecture.geometry.input_side))
    assert 0.5 < np.std(golden["logits"]) < 10
    np.testing.assert_allclose(ours, golden["logits"], atol=1e-3, rtol=0)
