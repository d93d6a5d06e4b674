from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from plant_device.classify.decision import predict
from plant_device.contract.classes import leaf_class
from plant_train.judge.unknown import DEVICE_SCORE, SCORES, auroc, false_accept_rate

_SCORES = arrays.arrays(
    np.float64, st.integers(1, 40), elements=st.integers(-5, 5).map(float)
)  # few values, so many ties


def test_a_perfect_a_random_and_a_turned_score() -> None:
    low, high = np.array([0.0, 1, 2]), np.array([3.0, 4])
    assert auroc(high, low) == 1
    assert auroc(low, high) == 0
    assert auroc(low, low) == 0.5
    assert false_accept_rate(high, low) == 0
    assert false_accept_rate(low, high) == 1


def test_false_accepts_of_known_scores() -> None:
    # 95 of a hundred known pictures score 5 or more; so do 3 of 4 unknown ones.
    known = np.arange(100.0)
    assert false_accept_rate(known, np.array([4.9, 5, 6, 200])) == 0.75
    assert false_accept_rate(known, np.array([4.9, 5, 6, 200]), true_accepts=1) == 1
    assert false_accept_rate(known, np.array([4.9, 5, 6, 200]), true_accepts=0.5) == 0.25


@given(_SCORES, _SCORES)
def test_auroc_is_the_fraction_of_pairs_in_the_right_order(
    known: np.ndarray, unknown: np.ndarray
) -> None:
    above = known[:, np.newaxis] - unknown
    pairs = np.mean(np.where(above > 0, 1.0, np.where(above == 0, 0.5, 0)))
    assert auroc(known, unknown) == pytest.approx(pairs)


@given(_SCORES, _SCORES, st.floats(0.05, 1))
def test_the_promised_fraction_is_accepted_and_no_higher_threshold_would_do(
    known: np.ndarray, unknown: np.ndarray, true_accepts: float
) -> None:
    rate = false_accept_rate(known, unknown, true_accepts)
    kept = [t for t in np.unique(known) if np.sum(known >= t) >= true_accepts * len(known)]
    assert rate == pytest.approx(np.mean(unknown >= max(kept)))


def test_known_scores_of_one_picture() -> None:
    logits = np.log(np.array([[1.0, 3, 4], [1, 1, 1]]))
    assert SCORES["energy"](logits) == pytest.approx(np.log([8, 3]))
    assert SCORES["max_logit"](logits) == pytest.approx(np.log([4, 1]))
    assert SCORES["max_probability"](logits) == pytest.approx([1 / 2, 1 / 3])


@given(arrays.arrays(np.float32, (4, 3), elements=st.floats(-50, 50, width=32)))
def test_the_devices_score_is_what_the_device_computes(logits: np.ndarray) -> None:
    classes = [leaf_class(name) for name in "abc"]
    on_device = [predict(row, classes, temperature=1.7).energy for row in logits]
    assert SCORES[DEVICE_SCORE](logits) == pytest.approx(on_device)
