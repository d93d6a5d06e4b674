from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from plant_train.data.sample.picture import render_leaf_picture
from plant_train.data.sample.species import SAMPLE_CLASSES, SampleClass


@pytest.mark.parametrize("sample_class", SAMPLE_CLASSES, ids=lambda each: each.name)
def test_picture_is_square_rgb_and_shows_something(sample_class: SampleClass) -> None:
    picture = render_leaf_picture(sample_class, seed=1, index=0, side=96)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10


@pytest.mark.parametrize("side", [32, 227, 256])
def test_picture_has_the_side_asked_for(side: int) -> None:
    assert render_leaf_picture(SAMPLE_CLASSES[0], 1, 0, side).shape == (side, side, 3)


def test_same_arguments_give_the_same_picture_and_others_another() -> None:
    apple, scab = SAMPLE_CLASSES[:2]
    picture = render_leaf_picture(apple, seed=1, index=5, side=64)
    assert np.array_equal(picture, render_leaf_picture(apple, seed=1, index=5, side=64))
    assert not np.array_equal(picture, render_leaf_picture(apple, seed=1, index=6, side=64))
    assert not np.array_equal(picture, render_leaf_picture(apple, seed=2, index=5, side=64))
    assert not np.array_equal(picture, render_leaf_picture(scab, seed=1, index=5, side=64))


def test_another_process_renders_the_same_picture() -> None:
    program = (
        "import sys\n"
        "from plant_train.data.sample.picture import render_leaf_picture\n"
        "from plant_train.data.sample.species import SAMPLE_CLASSES\n"
        "sys.stdout.buffer.write(render_leaf_picture(SAMPLE_CLASSES[3], 7, 2, 64).tobytes())\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
    )
    assert there.stdout == render_leaf_picture(SAMPLE_CLASSES[3], 7, 2, 64).tobytes()


def test_every_crop_comes_healthy_and_ill() -> None:
    names = [sample_class.name for sample_class in SAMPLE_CLASSES]
    assert names == sorted(set(names))
    for sample_class in SAMPLE_CLASSES:
        assert f"{sample_class.crop.name}___healthy" in names
        assert (sample_class.illness is None) == (sample_class.condition == "healthy")


def test_a_simple_classifier_learns_something_but_not_everything() -> None:
    """Nearest mean colour histogram: far above chance (1/8), far from perfect."""
    train = [_histograms(sample_class, range(24)) for sample_class in SAMPLE_CLASSES]
    test = [_histograms(sample_class, range(100, 116)) for sample_class in SAMPLE_CLASSES]
    centroids = np.stack([histograms.mean(axis=0) for histograms in train])
    right = [
        int(np.abs(centroids - histogram).sum(axis=1).argmin()) == truth
        for truth, histograms in enumerate(test)
        for histogram in histograms
    ]
    assert 0.25 < np.mean(right) < 0.95


def _histograms(sample_class: SampleClass, indices: range) -> np.ndarray:
    pictures = [render_leaf_picture(sample_class, 1, index, side=64) for index in indices]
    histograms = [
        np.histogramdd(picture.reshape(-1, 3), bins=5, range=[(0, 256)] * 3)[0].ravel()
        for picture in pictures
    ]
    return np.stack(histograms) / (64 * 64)
