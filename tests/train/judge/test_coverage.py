from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_train.judge.coverage import coverage_curve

_PICTURES = st.lists(
    st.tuples(st.sampled_from([0.2, 0.4, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=80
)


def test_a_known_curve() -> None:
    # Forty pictures, the two least sure wrong: right on all the surest 38.
    confidence = np.linspace(0.2, 0.98, 40)
    curve = coverage_curve(confidence, confidence > confidence[1])
    assert [point.coverage for point in curve] == pytest.approx(np.arange(20, 0, -1) / 20)
    assert curve[0].accuracy == pytest.approx(38 / 40)
    assert curve[0].probability == pytest.approx(0.2)
    assert all(point.accuracy == 1 for point in curve[1:])


def test_equal_probabilities_are_answered_together() -> None:
    curve = coverage_curve(np.array([0.9, 0.5, 0.5, 0.5]), np.array([True, True, False, False]))
    assert [(point.coverage, point.accuracy) for point in curve] == [(1, 0.5), (0.25, 1)]


@given(_PICTURES)
def test_each_point_is_what_answering_from_its_probability_gives(
    pictures: list[tuple[float, bool]],
) -> None:
    confidence, correct = (np.array(column) for column in zip(*pictures, strict=True))
    curve = coverage_curve(confidence, correct)
    assert curve[0].coverage == 1
    for point in curve:
        answered = confidence >= point.probability
        assert point.coverage == pytest.approx(answered.mean())
        assert point.accuracy == pytest.approx(correct[answered].mean())
    coverages = [point.coverage for point in curve]
    assert coverages == sorted(set(coverages), reverse=True)
