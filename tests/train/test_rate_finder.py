from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from matplotlib import rc_context
from PIL import Image

from plant_train import rate_finder
from plant_train.archs.lenet5 import LENET5
from plant_train.data.layouts import read_training_data
from plant_train.optimizer import new_optimizer
from plant_train.rate_finder import RateTest, plot_rate_test, raise_rate
from plant_train.recipe import Recipe

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_suggested_rate_is_where_the_loss_falls_fastest() -> None:
    rates = np.geomspace(1e-6, 1, 61)
    # Falls as a logistic about 1e-3, rises from 1e-1 on.
    losses = 2 / (1 + (rates / 1e-3) ** 2) + np.maximum(0, np.log10(rates / 1e-1)) * 50
    assert RateTest(rates, losses).suggested == pytest.approx(1e-3, rel=0.6)


def test_the_first_losses_of_single_batches_say_nothing() -> None:
    rates = np.geomspace(1e-6, 1, 61)
    losses = 2 / (1 + (rates / 1e-3) ** 2)
    losses[:4] += [3, 2, 1, 0.5]
    assert RateTest(rates, losses).suggested == pytest.approx(1e-3, rel=0.6)


def _smoothed(losses: np.ndarray) -> RateTest:
    """As `raise_rate` smooths."""
    average, smoothed = 0.0, []
    for number, loss in enumerate(losses, start=1):
        average = 0.9 * average + 0.1 * loss
        smoothed.append(average / (1 - 0.9**number))
    return RateTest(np.geomspace(1e-6, 10, len(losses)), np.array(smoothed))


RATES = np.geomspace(1e-6, 10, 100)
NOISE = np.random.default_rng(0).normal(size=(200, 100))


def test_noise_has_a_lowest_loss_and_no_rate() -> None:
    # As wide as the losses of small batches are: the per cents decide, then the spread.
    for width in (0.1, 0.3, 0.6):
        suggested = [_smoothed(2.0 + width * noise).suggested for noise in NOISE]
        assert suggested.count(None) >= 0.95 * len(NOISE), width


def test_a_loss_that_only_rises_gives_no_rate() -> None:
    for noise in NOISE:
        test = _smoothed(2.0 + 0.02 * noise + np.linspace(0, 3, 100))
        assert test.suggested is None
        assert test.in_words.startswith("the smoothed loss went from ")


def test_a_clear_fall_in_noise_gives_a_rate() -> None:
    fall = 2 - 1.2 / (1 + (3e-3 / RATES)) + np.maximum(0, np.log10(RATES / 0.3)) * 4
    for noise in NOISE:
        suggested = _smoothed(fall + 0.1 * noise).suggested
        assert suggested is not None
        assert 3e-4 < suggested < 0.3


def test_a_test_that_ended_at_once_suggests_no_rate() -> None:
    test = RateTest(np.array([1e-6]), np.array([1.0]))
    assert test.suggested is None
    assert test.in_words == "the loss left the room after 1 steps"


def test_the_plot_of_a_loss_without_a_fall_says_so(tmp_path: Path) -> None:
    path = tmp_path / "rates.svg"
    with rc_context({"svg.fonttype": "none"}):
        plot_rate_test(_smoothed(2.0 + 0.1 * NOISE[0]), path)
    assert "no clear fall" in path.read_text()


def test_no_clear_fall_is_a_refusal_in_one_line(
    tmp_path: Path, sample_data: Path, warm_train: Command
) -> None:
    process = warm_train(
        *("find-rate", sample_data, "--out", tmp_path / "rates.png", "--arch", "lenet5"),
        # What a rate is multiplied by in the layers that are left: nothing can be learned.
        *("--batch", "2", "--unfreeze", "1", "--learning-rate", "1e-9", "--precision", "float32"),
    )
    assert (process.returncode, process.stdout) == (1, ""), process.stderr
    assert process.stderr.splitlines()[-1].startswith("error: expected a loss that falls clearly")
    assert (tmp_path / "rates.png").is_file()


def test_the_test_ends_where_the_loss_leaves_the_room_and_suggests_a_rate_that_learns() -> None:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    optimizer = new_optimizer(Recipe(momentum=0, weight_decay=0), [1.0, 1.0])
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    features = rng.normal(0, 30, (64, 8)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[features[:, :3].argmax(axis=1)]
    test = raise_rate(model, optimizer, itertools.repeat((features, targets)), steps=60)
    assert 10 < len(test.rates) < 60
    assert len(test.rates) == len(test.losses)
    assert np.isfinite(test.losses).all()
    assert test.suggested is not None
    assert 1e-5 < test.suggested < 1


def test_the_layers_learn_that_the_training_will_teach(sample_data: Path) -> None:
    pictures = read_training_data([sample_data / "train"], None).training

    def losses(unfreeze: int) -> np.ndarray:
        recipe = Recipe(batch=16, unfreeze=unfreeze)
        return rate_finder.test_rates(pictures, LENET5, LENET5.options(), None, recipe).losses

    every, last = losses(0), losses(1)
    # The same start; at the first steps the rate is too low to tell them apart.
    assert every[:3] == pytest.approx(last[:3], rel=1e-3)
    assert every[40:70] != pytest.approx(last[40:70], rel=1e-3)


@pytest.mark.parametrize("name", ["rates.png", "rates.svg"])
def test_the_plot_is_of_the_kind_that_its_name_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    plot_rate_test(RateTest(np.geomspace(1e-5, 1, 20), np.linspace(2, 1, 20)), path)
    if name.endswith("png"):
        with Image.open(path) as picture:
            assert picture.format == "PNG"
    else:
        assert "<svg" in path.read_text()[:1000]
