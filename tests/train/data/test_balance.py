from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_train.data.balance import Balance, class_weights, epoch_order

BALANCES: tuple[Balance, ...] = ("none", "sqrt", "oversample")
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=6)


def _labels(sizes: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def _order(sizes: list[int], count: int, balance: Balance, seed: int = 0) -> np.ndarray:
    return epoch_order(_labels(sizes), count, balance, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("balance", "expected"), [("none", [100, 25]), ("sqrt", [83, 42]), ("oversample", [63, 62])]
)
def test_a_class_gets_the_promised_share_of_the_epoch(
    balance: Balance, expected: list[int]
) -> None:
    labels = _labels([100, 25])
    shares = np.bincount(labels[_order([100, 25], 125, balance)])
    assert abs(shares - expected).max() <= 1


@given(sizes=SIZES, count=st.integers(1, 200), balance=st.sampled_from(BALANCES))
def test_an_epoch_is_as_long_as_asked_and_repeats_a_picture_only_when_its_class_is_through(
    sizes: list[int], count: int, balance: Balance
) -> None:
    labels = _labels(sizes)
    order = _order(sizes, count, balance)
    assert order.shape == (count,)
    assert order.dtype == np.int32
    seen = np.bincount(order, minlength=len(labels))
    for label in range(len(sizes)):
        of_class = seen[labels == label]
        assert of_class.max() - of_class.min() <= 1


@given(sizes=SIZES)
def test_without_balance_a_whole_epoch_shows_every_picture_once(sizes: list[int]) -> None:
    assert sorted(_order(sizes, sum(sizes), "none")) == list(range(sum(sizes)))


def test_the_order_depends_on_the_generator_alone() -> None:
    one, same, other = (_order([30, 10], 40, "sqrt", seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("balance", ["class-weight", "effective-number"])
def test_weights_in_the_loss_leave_the_frequencies_alone(balance: Balance) -> None:
    labels = _labels([100, 25])
    assert np.bincount(labels[_order([100, 25], 125, balance)]).tolist() == [100, 25]


@pytest.mark.parametrize(
    ("balance", "ratio"),
    [
        ("none", 1.0),
        ("sqrt", 1.0),
        ("oversample", 1.0),
        ("class-weight", 4.0),
        # (1 - 0.999 ** 100) / (1 - 0.999 ** 25)
        ("effective-number", 3.8545),
    ],
)
def test_a_class_has_the_promised_weight_and_a_picture_one_in_the_mean(
    balance: Balance, ratio: float
) -> None:
    labels = _labels([100, 25])
    weights = class_weights(labels, 2, balance)
    assert weights[1] / weights[0] == pytest.approx(ratio, rel=1e-4)
    assert weights[labels].mean() == pytest.approx(1, rel=1e-6)
