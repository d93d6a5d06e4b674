"""From validation logits to what the device decides with: temperature and thresholds."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from plant_device.contract.manifest import Thresholds

# An answer that is given should be right this often on validation pictures.
_ACCURACY_OF_ANSWERS = 0.98
_LEAST_PROBABILITY = 0.5
# Of true leaves, this fraction may be taken for something else.
_LEAVES_REFUSED = 0.01


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T > 0 that minimises the log loss of softmax(logits / T); Guo et al. 2017.

    Bounded to 1/20..20: with a perfect validation score the minimum lies at zero.
    """

    def log_loss(log_temperature: float) -> float:
        scaled = log_softmax(logits.astype(np.float64) / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(labels)), labels].mean())

    found = minimize_scalar(log_loss, bounds=(-np.log(20), np.log(20)), method="bounded")
    return float(np.exp(found.x))


def fit_thresholds(logits: np.ndarray, labels: np.ndarray, temperature: float) -> Thresholds:
    """Thresholds from validation logits float [n, N] and labels int [n].

    `unsure` is the least probability, at least one half, from which on answers are right on 98 %
    of the validation pictures, or 1 if there is none; `not_leaf` is the energy that 99 % of
    them reach.
    """
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    energy = np.logaddexp.reduce(logits.astype(np.float64), axis=1)
    return Thresholds(
        unsure=_least_confident_answer(probabilities.max(axis=1), logits.argmax(axis=1) == labels),
        # An energy that a picture has: between two, more than the fraction could lie below.
        not_leaf=float(np.quantile(energy, _LEAVES_REFUSED, method="lower")),
    )


def _least_confident_answer(confidence: np.ndarray, correct: np.ndarray) -> float:
    order = np.argsort(-confidence, kind="stable")
    order = order[confidence[order] >= _LEAST_PROBABILITY]
    if not len(order):
        return _LEAST_PROBABILITY
    ranked = confidence[order]
    accuracy = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    # Equal probabilities, which int8 logits often give, are answered together.
    last_of_equal = np.append(ranked[1:] < ranked[:-1], True)
    reached = np.flatnonzero(last_of_equal & (accuracy >= _ACCURACY_OF_ANSWERS))
    if not len(reached):
        return 1.0
    return _LEAST_PROBABILITY if reached[-1] == len(order) - 1 else float(ranked[reached[-1]])
