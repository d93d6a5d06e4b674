from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_convert.disagreements import disagreements
from plant_train.judge.metrics import agreement

CLASSES = ("a", "b", "c")


def test_those_first_that_the_int8_model_is_surest_of() -> None:
    float32 = np.array([[3.0, 0, 0], [0, 2, 0], [0, 0, 1], [2, 0, 0]])
    int8 = np.array([[3.0, 0, 0], [1, 0, 0], [0, 5, 0], [2, 0, 1]])
    found = disagreements(float32, int8, np.array([0, 1, 2, 2]), CLASSES, (1.0, 2.0))
    assert [one.picture for one in found] == [2, 1]
    half = np.exp(0.5)
    last = found[1]
    assert (last.truth, last.int8.label, last.float32.label) == ("b", "a", "b")
    assert last.int8.probability == pytest.approx(half / (half + 2))
    assert last.float32.probability == pytest.approx(np.exp(2) / (np.exp(2) + 2))


@given(st.integers(0, 2**32 - 1))
def test_there_are_as_many_as_the_agreement_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Whole numbers: many are equal, as int8 logits often are.
    float32, int8 = rng.integers(0, 3, (2, 40, 3)).astype(np.float32)
    found = disagreements(float32, int8, rng.integers(0, 3, 40), CLASSES, (1.0, 1.0))
    assert len(found) == round((1 - agreement(float32, int8)) * 40)
    probabilities = [one.int8.probability for one in found]
    assert probabilities == sorted(probabilities, reverse=True)
