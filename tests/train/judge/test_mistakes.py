from __future__ import annotations

import numpy as np
import pytest

from plant_train.judge.mistakes import most_confident_mistakes


def test_the_surest_wrong_answers_come_first_and_right_ones_never() -> None:
    probabilities = np.array([[0.6, 0.4], [0.9, 0.1], [0.99, 0.01], [0.3, 0.7]])
    found = most_confident_mistakes(np.log(probabilities), np.array([1, 1, 0, 0]), 1.0, most=2)
    assert [(one.picture, one.answer, one.truth) for one in found] == [(1, 0, 1), (3, 1, 0)]
    assert found[0].answer_probability == pytest.approx(0.9)
    assert found[0].truth_probability == pytest.approx(0.1)


def test_probabilities_are_those_after_temperature() -> None:
    (one,) = most_confident_mistakes(np.array([[4.0, 0]]), np.array([1]), 2.0, most=9)
    assert one.answer_probability == pytest.approx(1 / (1 + np.exp(-2)))


def test_no_mistakes() -> None:
    assert most_confident_mistakes(np.eye(3), np.arange(3), 1.0, most=5) == []
