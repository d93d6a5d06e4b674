"""Classes that draw pictures of others to themselves."""

import numpy as np

# What makes a class an attractor: twice its share, and more than a few stray pictures.
_TIMES_ITS_SHARE = 2
_EXCESS_OF_ALL = 0.05


def attractors(confusion: np.ndarray) -> list[int]:
    """Classes predicted at least twice as often as they occur, the most excessive first.

    The excess is also at least 5 % of all pictures: with few pictures a handful of mistakes
    makes no attractor.

    Args:
        confusion: int [N, N], row the true class, column the predicted one.
    """
    pictures, predictions = confusion.sum(axis=1), confusion.sum(axis=0)
    excess = predictions - pictures
    drawn = (predictions >= _TIMES_ITS_SHARE * pictures) & (
        excess >= max(1.0, _EXCESS_OF_ALL * confusion.sum())
    )
    return [int(label) for label in np.argsort(-excess, kind="stable") if drawn[label]]
