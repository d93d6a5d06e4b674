"""From validation logits to what the device decides with: temperature and thresholds."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from plant_device.contract.manifest import Thresholds
from plant_train.judge.unknown import energy

# An answer that is given should be right this often on validation pictures.
_ACCURACY_OF_ANSWERS = 0.98
_LEAST_PROBABILITY = 0.5
# Of true leaves, this fraction is taken for something else where nothing else is known.
_LEAVES_REFUSED = 0.01
# And at most this one where pictures of something else say what is to be gained by it.
_MOST_LEAVES_REFUSED = 0.05


_MOST_TEMPERATURE = 20.0
# Before any picture is seen, half or twice is what a temperature may well be. Without this a few
# pictures that are all right ask for a temperature of zero: the device would be sure of everything.
_SPREAD = np.log(2.0)
_NEAR = 0.01


def is_bound_of_search(temperature: float) -> bool:
    """Whether `fit_temperature` stopped there because it looks no further."""
    return bool(abs(np.log(temperature)) > np.log(_MOST_TEMPERATURE) - _NEAR)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T > 0 that minimises the log loss of softmax(logits / T); Guo et al. 2017.

    The most likely one, where log T is normally distributed around 0: with some hundreds of
    pictures that changes nothing, with a dozen T stays near 1. Bounded to 1/20..20.
    """

    def cost(log_temperature: float) -> float:
        scaled = log_softmax(logits.astype(np.float64) / np.exp(log_temperature), axis=1)
        log_loss = -scaled[np.arange(len(labels)), labels].sum()
        return float(log_loss + (log_temperature / _SPREAD) ** 2 / 2)

    furthest = np.log(_MOST_TEMPERATURE)
    found = minimize_scalar(cost, bounds=(-furthest, furthest), method="bounded")
    return float(np.exp(found.x))


def fit_thresholds(
    logits: np.ndarray, labels: np.ndarray, temperature: float, others: np.ndarray | None = None
) -> Thresholds:
    """Thresholds from validation logits float [n, N] and labels int [n].

    `unsure` is the least probability, at least one half, from which on answers are right on 98 %
    of the validation pictures, or 1 if there is none; `not_leaf` is the energy that 99 % of
    them reach, or with `others` the one that best separates the two.

    Args:
        others: logits float [m, N] of pictures that show no leaf, which no training saw.
    """
    energies = energy(logits)
    # An energy that a picture has: between two, more than the fraction could lie below.
    reached = float(np.quantile(energies, _LEAVES_REFUSED, method="lower"))
    return Thresholds(
        unsure=fit_unsure(logits, labels, temperature),
        not_leaf=reached if others is None else _separation(energies, energy(others)),
    )


def fit_unsure(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """The threshold `unsure` of `fit_thresholds`."""
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    return _least_confident_answer(probabilities.max(axis=1), logits.argmax(axis=1) == labels)


def carried_not_leaf(not_leaf: float, logits: np.ndarray, converted: np.ndarray) -> float:
    """A model's threshold for its conversion, whose energies lie a little elsewhere.

    Args:
        logits, converted: float [n, N] of the same pictures from the two.
    """
    return not_leaf + float(np.median(energy(converted) - energy(logits)))


def _separation(known: np.ndarray, unknown: np.ndarray) -> float:
    """The threshold with the highest sum of true accepts and true rejects (Youden 1950).

    Of equally good ones, the middle of the widest gap: what is farthest from both.
    """
    energies = np.unique(np.concatenate([known, unknown]))
    middles = (energies[:-1] + energies[1:]) / 2
    accepted = np.array([np.mean(known >= middle) for middle in middles])
    rejected = np.array([np.mean(unknown < middle) for middle in middles])
    allowed = accepted >= 1 - _MOST_LEAVES_REFUSED
    if not allowed.any():
        return float(energies[0])
    gained = np.where(allowed, accepted + rejected, -1.0)
    best = np.flatnonzero(gained == gained.max())
    return float(middles[best[np.argmax(np.diff(energies)[best])]])


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
