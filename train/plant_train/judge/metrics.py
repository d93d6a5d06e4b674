"""Figures from logits: pure functions over float [n, N] and int [n]."""

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import log_softmax
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from plant_device.contract.figures import ClassFigures, Figures

_ECE_BINS = 15


class ReliabilityBin(BaseModel):
    """Pictures of about the same confidence: its mean, and how many of the answers were right."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    confidence: float
    accuracy: float
    n: int


def figures(
    logits: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], temperature: float = 1.0
) -> Figures:
    """Every figure of logits float [n, N] against labels int [n], n >= 1."""
    # In memory row by row, whatever was done to them before: sums in one order have the same bits.
    log_probabilities = log_softmax(logits.astype(np.float64, order="C") / temperature, axis=1)
    # A stable sort: equal (int8) logits keep the classes' order, as on the device.
    ranked = np.argsort(-logits, axis=1, kind="stable")
    hits = ranked[:, :5] == labels[:, np.newaxis]
    present = np.unique(labels)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, ranked[:, 0], labels=present, zero_division=0
    )
    return Figures(
        n=len(labels),
        top1=float(hits[:, 0].mean()),
        top5=float(hits.any(axis=1).mean()),
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        log_loss=abs(float(log_probabilities[np.arange(len(labels)), labels].mean())),
        ece=expected_calibration_error(
            np.exp(log_probabilities.max(axis=1)), ranked[:, 0] == labels
        ),
        per_class={
            classes[label]: ClassFigures(
                precision=float(precision[row]),
                recall=float(recall[row]),
                f1=float(f1[row]),
                support=int(support[row]),
            )
            for row, label in enumerate(present)
        },
    )


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Guo et al. 2017 (arXiv:1706.04599), equation 3, over 15 equal bins.

    Args:
        confidence: float [n], the first class's probability.
        correct: bool [n].
    """
    bins = reliability(confidence, correct)
    return sum(one.n / len(confidence) * abs(one.confidence - one.accuracy) for one in bins)


def reliability(confidence: np.ndarray, correct: np.ndarray) -> list[ReliabilityBin]:
    """The bins of the calibration error that have pictures, from the least confidence up."""
    numbers = np.minimum((confidence * _ECE_BINS).astype(int), _ECE_BINS - 1)
    return [
        ReliabilityBin(
            confidence=float(confidence[numbers == number].mean()),
            accuracy=float(correct[numbers == number].mean()),
            n=int(np.sum(numbers == number)),
        )
        for number in np.unique(numbers)
    ]


def confusion(logits: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Counts int [N, N]: row the true class, column the predicted one."""
    matrix = confusion_matrix(labels, logits.argmax(axis=1), labels=np.arange(classes))
    return np.asarray(matrix)


def top1_among(allowed: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> float:
    """The fraction of right answers where not every class may be named.

    Args:
        allowed: bool [n, N], what may be answered to each picture.
    """
    answers = np.where(allowed, logits, -np.inf).argmax(axis=1)
    return float((answers == labels).mean())


def agreement(logits: np.ndarray, others: np.ndarray) -> float:
    """The fraction of pictures on which two models' first classes are the same."""
    return float((logits.argmax(axis=1) == others.argmax(axis=1)).mean())
