"""How well a score of the logits tells known leaves from everything else: pure functions."""

from collections.abc import Callable

import numpy as np
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

Score = Callable[[np.ndarray], np.ndarray]


def energy(logits: np.ndarray) -> np.ndarray:
    """Logsumexp of logits float [n, N]; Liu et al. 2020 (arXiv:2010.03759), its sign turned.

    As the device computes it, to the last bit: a threshold may be a picture's own energy.
    """
    return np.asarray(np.logaddexp.reduce(logits.astype(np.float64), axis=1))


def max_logit(logits: np.ndarray) -> np.ndarray:
    """The largest of logits float [n, N]; Hendrycks et al. 2022 (arXiv:1911.11132)."""
    return np.asarray(logits.max(axis=1).astype(np.float64))


def max_probability(logits: np.ndarray) -> np.ndarray:
    """The largest softmax of logits float [n, N]; Hendrycks & Gimpel 2017 (arXiv:1610.02136)."""
    return np.asarray(softmax(logits.astype(np.float64), axis=1).max(axis=1))


# More of each means more like the training leaves.
SCORES: dict[str, Score] = {
    "energy": energy,
    "max_logit": max_logit,
    "max_probability": max_probability,
}
DEVICE_SCORE = "energy"  # what `thresholds.not_leaf` is compared with


def auroc(known_scores: np.ndarray, unknown_scores: np.ndarray) -> float:
    """How often a known picture scores above an unknown one, ties counting half.

    1 is a perfect separation, 0.5 none. Scores are float [n >= 1], larger for known.
    """
    known = np.concatenate([np.ones(len(known_scores)), np.zeros(len(unknown_scores))])
    return float(roc_auc_score(known, np.concatenate([known_scores, unknown_scores])))


def false_accept_rate(
    known_scores: np.ndarray, unknown_scores: np.ndarray, true_accepts: float = 0.95
) -> float:
    """The fraction of unknown pictures accepted where `true_accepts` of the known ones are.

    Args:
        known_scores: float [n >= 1], larger for known.
        unknown_scores: float [m >= 1].
        true_accepts: in (0, 1]; at least this fraction of known pictures is accepted.
    """
    accepted = int(np.ceil(true_accepts * len(known_scores)))
    threshold = np.sort(known_scores)[-accepted]
    return float(np.mean(unknown_scores >= threshold))
