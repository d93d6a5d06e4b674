"""What rare classes get: more turns in an epoch, or more weight in the loss."""

from typing import Literal

import numpy as np

Balance = Literal["none", "sqrt", "oversample", "class-weight", "effective-number"]

# A class of n pictures gets a share of the epoch in proportion to n ** exponent.
_EXPONENTS: dict[Balance, float] = {"sqrt": 0.5, "oversample": 0.0}
# Cui et al. recommend 0.99 to 0.9999; it says from how many pictures on more add little.
_BETA = 0.999


def epoch_order(
    labels: np.ndarray, count: int, balance: Balance, rng: np.random.Generator
) -> np.ndarray:
    """The pictures of one epoch, shuffled.

    A class whose share is larger than its pictures shows them again, each as often as any
    other to within one; `sqrt` is Mahajan et al. 2018's (arXiv:1805.00932) mean between the
    data's own frequencies and equal ones.

    Args:
        labels: int [n], each picture's class.
        count: pictures in the epoch.

    Returns:
        int32 [count], indices into `labels`.
    """
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    weights = np.array([len(indices) for indices in classes]) ** _EXPONENTS.get(balance, 1.0)
    quotas = _whole_shares(weights / weights.sum() * count)
    chosen = [
        np.resize(rng.permutation(indices), quota)
        for indices, quota in zip(classes, quotas, strict=True)
    ]
    return rng.permutation(np.concatenate(chosen)).astype(np.int32)


def class_weights(labels: np.ndarray, classes: int, balance: Balance) -> np.ndarray:
    """The weight of each class in the loss, whose mean over the pictures is 1.

    `class-weight` goes by 1 / n of a class of n pictures; `effective-number` by
    (1 - b) / (1 - b ** n), Cui et al. 2019 (arXiv:1901.05555). The others weigh all alike.

    Args:
        labels: int [n], each picture's class; every class has a picture.

    Returns:
        float32 [classes].
    """
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    if balance == "class-weight":
        weights = 1 / counts
    elif balance == "effective-number":
        weights = (1 - _BETA) / (1 - _BETA**counts)
    else:
        weights = np.ones(classes)
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), np.float32)


def _whole_shares(shares: np.ndarray) -> list[int]:
    """Whole numbers with the same sum, by the largest remainders."""
    whole = np.floor(shares).astype(int)
    missing = round(shares.sum()) - whole.sum()
    whole[np.argsort(whole - shares, kind="stable")[:missing]] += 1
    return [int(number) for number in whole]
