"""The learning rate over a training: pure functions, so that a resumed one goes on the same."""

import math
from collections.abc import Sequence

from plant_train.recipe import Recipe

_ONE_CYCLE_RISE = 0.3
_ONE_CYCLE_START, _ONE_CYCLE_END = 1 / 25, 1e-5


def rate_factor(
    recipe: Recipe, epoch: float, step: float, epochs: int, losses: Sequence[float]
) -> float:
    """What the recipe's learning rate is multiplied with, above 0 and at most 1.

    Args:
        epoch: how far the stage has come, in epochs and parts of one.
        step: what part of an epoch the step is.
        epochs: of the stage.
        losses: validation losses of the epochs of this stage that are done.
    """
    if recipe.schedule == "one-cycle":
        return _one_cycle(epoch / epochs)
    # A training of less than the warm-up rises to its last step.
    warmup = min(recipe.warmup_epochs, epochs)
    if epoch < warmup:
        # At the step's end: at its beginning the first one, of a small data set the only one in
        # an epoch, would learn nothing.
        done = epoch + step
        return done / warmup if done < warmup else 1.0
    if recipe.schedule == "cosine":
        return _cosine((epoch - warmup) / (epochs - warmup)) if epochs > warmup else 1.0
    if recipe.schedule == "step":
        return float(recipe.step_factor ** int(epoch / (recipe.step_epochs or epochs / 3)))
    if recipe.schedule == "plateau":
        return float(recipe.step_factor ** plateaus(losses, recipe.patience))
    return 1.0


def plateaus(losses: Sequence[float], patience: int) -> int:
    """How often `patience` epochs went by without a loss below the best one before them."""
    best, waited, found = math.inf, 0, 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == patience:
            found, waited = found + 1, 0
    return found


def _cosine(done: float) -> float:
    """Loshchilov & Hutter 2017 (arXiv:1608.03983), without restarts."""
    return (1 + math.cos(math.pi * min(done, 1.0))) / 2


def _one_cycle(done: float) -> float:
    """Smith & Topin 2019 (arXiv:1708.07120), in fastai's form: both slopes are cosines."""
    if done < _ONE_CYCLE_RISE:
        return _between(_ONE_CYCLE_START, 1.0, done / _ONE_CYCLE_RISE)
    return _between(1.0, _ONE_CYCLE_END, (done - _ONE_CYCLE_RISE) / (1 - _ONE_CYCLE_RISE))


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) * _cosine(done)
