from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_train.judge.wilson import wilson_interval


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_published_intervals(hits: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson_interval(hits, n) == pytest.approx(expected, abs=5.1e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_proportion_and_is_mirrored_with_it(counted: tuple[int, int]) -> None:
    hits, n = counted
    low, high = wilson_interval(hits, n)
    # Exactly: an error bar must not be of negative length.
    assert 0 <= low <= hits / n <= high <= 1
    assert wilson_interval(n - hits, n) == pytest.approx((1 - high, 1 - low))
    # The ends solve Wilson's equation: a proportion 1.96 standard errors away.
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(hits / n - end) == pytest.approx(1.959964 * (end * (1 - end) / n) ** 0.5)


def test_more_pictures_narrow_it() -> None:
    widths = [high - low for low, high in (wilson_interval(9 * k, 10 * k) for k in (1, 10, 100))]
    assert widths == sorted(widths, reverse=True)
