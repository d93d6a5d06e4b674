"""How often each class comes up in an epoch."""

from typing import Literal

import numpy as np

Balance = Literal["none", "sqrt", "oversample"]

# A class of n pictures gets a share of the epoch in proportion to n ** exponent.
_EXPONENTS: dict[Balance, float] = {"none": 1.0, "sqrt": 0.5, "oversample": 0.0}


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
    weights = np.array([len(indices) for indices in classes]) ** _EXPONENTS[balance]
    quotas = _whole_shares(weights / weights.sum() * count)
    chosen = [
        np.resize(rng.permutation(indices), quota)
        for indices, quota in zip(classes, quotas, strict=True)
    ]
    return rng.permutation(np.concatenate(chosen)).astype(np.int32)


def _whole_shares(shares: np.ndarray) -> list[int]:
    """Whole numbers with the same sum, by the largest remainders."""
    whole = np.floor(shares).astype(int)
    missing = round(shares.sum()) - whole.sum()
    whole[np.argsort(whole - shares, kind="stable")[:missing]] += 1
    return [int(number) for number in whole]
