"""The learning-rate range test: a rate that rises until the loss leaves the room.

Smith 2017 (arXiv:1506.01186), in fastai's form: one step at each rate, rising by a constant
factor, the loss smoothed. Good rates lie where it falls fastest.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from plant_device.contract.atomic import atomic_path
from plant_train.archs.architecture import Architecture, Options
from plant_train.data.cache import cache_pictures
from plant_train.data.labelled import LabelledPictures
from plant_train.data.pipeline import Batch, training_batches
from plant_train.data.scenes import OwnScenes, gather_scenes
from plant_train.new_model import new_model
from plant_train.optimizer import layer_rates, new_optimizer
from plant_train.precision import chosen_precision
from plant_train.progress import Meter
from plant_train.recipe import Recipe
from plant_train.stages import stages
from plant_train.training import let_learn, new_step

_LOWEST, _HIGHEST = 1e-6, 10.0
_SMOOTHING = 0.9
_UNSETTLED = round(1 / (1 - _SMOOTHING))
# The loss has left the room when it is so many times the lowest one.
_DIVERGED = 4.0
# A clear fall: noise alone has a lowest point too, some two deviations down.
_LEAST_FALL, _TIMES_THE_SPREAD = 0.05, 4.0


@dataclass(frozen=True)
class RateTest:
    """What the test saw.

    Args:
        rates: float [n], rising.
        losses: float [n], smoothed.
    """

    rates: np.ndarray
    losses: np.ndarray

    @property
    def suggested(self) -> float | None:
        """The rate at which the loss fell fastest, per factor of the rate; None without a fall."""
        if not self.has_clear_fall:
            return None
        slope = np.gradient(self._falling, np.log(self.rates[_UNSETTLED:][: len(self._falling)]))
        return float(self.rates[_UNSETTLED + int(np.argmin(slope))])

    @property
    def has_clear_fall(self) -> bool:
        """Whether the loss fell by some per cent, and by several times what it wavers by."""
        if len(self._falling) < 3:
            return False
        fall = self._first - self._falling[-1]
        return bool(fall > max(_LEAST_FALL * self._first, _TIMES_THE_SPREAD * self._spread))

    @property
    def in_words(self) -> str:
        """How the loss went."""
        if not len(self._falling):
            return f"the loss left the room after {len(self.rates)} steps"
        return (
            f"the smoothed loss went from {self._first:.3f} to {self._falling[-1]:.3f} at its "
            f"lowest, and wavers by {self._spread:.3f}"
        )

    @property
    def _falling(self) -> np.ndarray:
        """The losses down to the lowest one: what comes after it is on the way out.

        Without the first ones, which are those of single batches: nothing is smoothed yet.
        """
        settled = self.losses[_UNSETTLED:]
        return settled[: int(np.argmin(settled)) + 1] if len(settled) else settled

    @property
    def _first(self) -> float:
        """The mean of as many losses as are smoothed to one: a single one may stand out."""
        return float(np.mean(self._falling[:_UNSETTLED]))

    @property
    def _spread(self) -> float:
        """Standard deviation of the smoothed loss about its way, from its steps.

        Smoothed noise is an autoregression of first order, whose steps have a variance of
        2 (1 - smoothing) times its own.
        """
        if len(self._falling) < 3:
            return 0.0
        return float(np.std(np.diff(self._falling)) / (2 * (1 - _SMOOTHING)) ** 0.5)


def test_rates(
    pictures: LabelledPictures,
    architecture: Architecture,
    options: Options,
    weights: Path | None,
    recipe: Recipe,
) -> RateTest:
    """Run the test on the model and the pictures that a training would start with.

    Those layers learn that do in the training's last stage, to which the rate belongs.

    Raises:
        UserError: the pictures or the weights are not usable.
    """
    leaves = cache_pictures(pictures, architecture.geometry)
    scenes = gather_scenes(recipe, architecture.geometry, OwnScenes())
    shown = scenes.training_pictures(leaves, recipe)
    started = new_model(
        architecture,
        options,
        weights,
        len(pictures.classes),
        recipe.seed,
        chosen_precision(recipe.precision),
    )
    let_learn(started.model, stages(recipe, architecture)[-1])
    rates = layer_rates(recipe, architecture, started.model, started.transferred)
    optimizer = new_optimizer(recipe, rates, started.precision.policy)
    optimizer.build(started.model.trainable_variables)
    batches = itertools.chain.from_iterable(
        training_batches(shown, recipe, epoch) for epoch in itertools.count()
    )
    return raise_rate(started.model, optimizer, batches)


test_rates.__test__ = False  # type: ignore[attr-defined]  # pytest takes the name for a test


def raise_rate(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    batches: Iterator[Batch],
    steps: int = 100,
) -> RateTest:
    """Run at most `steps` steps on a model, whose weights are then of no more use."""
    step = new_step(model, optimizer)
    rates = np.geomspace(_LOWEST, _HIGHEST, steps)
    losses: list[float] = []
    average = 0.0
    with Meter(steps, "finding a learning rate") as meter:
        for rate, (pictures, targets) in zip(rates, batches, strict=False):
            optimizer.learning_rate.assign(rate)
            loss = step(pictures, targets)[0]
            average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
            # Undoes the bias towards the zero that the average started from (Adam's).
            smoothed = average / (1 - _SMOOTHING ** (len(losses) + 1))
            if not np.isfinite(smoothed) or (losses and smoothed > _DIVERGED * min(losses)):
                break
            losses.append(smoothed)
            meter.advance(note=f"rate {rate:.1e}  loss {loss:.3f}")
    return RateTest(rates[: len(losses)], np.array(losses))


def plot_rate_test(test: RateTest, path: Path) -> None:
    """Draw the test as PNG or SVG, by the path's ending; atomically."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.semilogx(test.rates, test.losses)
    if test.suggested:
        axes.axvline(test.suggested, linestyle="--", color="grey")
        title = f"falls fastest at {test.suggested:.1e}"
    else:
        title = "no clear fall: no learning rate to be read from it"
    axes.set(
        xlabel="learning rate",
        ylabel="loss, smoothed",
        title=title,
    )
    axes.grid(alpha=0.3)
    # The last losses are on the way out, and would flatten the rest.
    axes.set_ylim(top=1.2 * float(np.max(test.losses[:_UNSETTLED], initial=test.losses.min())))
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower(), dpi=120)
