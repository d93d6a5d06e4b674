from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_train.recipe import Recipe, Schedule
from plant_train.schedule import plateaus, rate_factor


def _factors(epochs: int, steps: int, losses: tuple[float, ...] = (), **recipe: Any) -> np.ndarray:
    """The factor at each step of a stage, and at its end."""
    settings = Recipe(epochs=epochs, **recipe)
    places = np.arange(epochs * steps + 1) / steps
    return np.array([rate_factor(settings, place, 1 / steps, epochs, losses) for place in places])


def test_a_cosine_warms_up_in_a_line_and_falls_to_zero() -> None:
    factors = _factors(4, 20, warmup_epochs=0.5)
    # The first step learns already; the last one of the warm-up is at its top.
    np.testing.assert_allclose(factors[:10], np.arange(1, 11) / 10, atol=1e-12)
    falling = (1 + np.cos(np.pi * np.arange(71) / 70)) / 2
    np.testing.assert_allclose(factors[10:], falling, atol=1e-12)


def test_steps_come_every_third_of_the_epochs_or_as_often_as_said() -> None:
    thirds = _factors(30, 1, schedule="step", warmup_epochs=0)
    np.testing.assert_allclose(thirds[[0, 9, 10, 19, 20, 29]], [1, 1, 0.1, 0.1, 0.01, 0.01])
    twos = _factors(6, 1, schedule="step", warmup_epochs=0, step_epochs=2, step_factor=0.5)
    np.testing.assert_allclose(twos[:6], [1, 1, 0.5, 0.5, 0.25, 0.25])


def test_one_cycle_rises_for_a_third_and_falls_to_almost_nothing() -> None:
    factors = _factors(10, 10, schedule="one-cycle")
    assert factors[0] == pytest.approx(1 / 25)
    assert int(factors.argmax()) == 30
    assert factors[30] == pytest.approx(1)
    assert factors[-1] == pytest.approx(1e-5)
    assert (np.diff(factors[:31]) > 0).all()
    assert (np.diff(factors[30:]) < 0).all()


def test_constant_stays_after_the_warm_up() -> None:
    np.testing.assert_allclose(
        _factors(3, 2, schedule="constant", warmup_epochs=1), [0.5, 1, 1, 1, 1, 1, 1]
    )


@pytest.mark.parametrize(
    ("losses", "patience", "found"),
    [
        ([], 2, 0),
        ([3, 2, 1], 1, 0),
        ([1, 2, 2], 2, 1),
        ([1, 1, 1, 1, 1], 2, 2),
        ([1, 2, 0.5, 2, 2, 2], 2, 1),
        ([1, 2, 2, 0.5, 2], 2, 1),
    ],
)
def test_a_plateau_is_so_many_epochs_without_a_better_loss(
    losses: list[float], patience: int, found: int
) -> None:
    assert plateaus(losses, patience) == found


def test_each_plateau_takes_its_factor_off_the_rate() -> None:
    recipe = Recipe(schedule="plateau", patience=1, step_factor=0.5, warmup_epochs=0)
    assert rate_factor(recipe, 4.5, 0.1, 10, [1, 2, 2]) == 0.25


@given(
    schedule=st.sampled_from(get_args(Schedule)),
    epochs=st.integers(1, 5),
    steps=st.integers(1, 8),
    warmup=st.floats(0, 7),
)
def test_a_factor_is_always_between_zero_and_one(
    schedule: Schedule, epochs: int, steps: int, warmup: float
) -> None:
    factors = _factors(epochs, steps, (1.0, 2.0), schedule=schedule, warmup_epochs=warmup)
    assert np.isfinite(factors).all()
    assert factors.min() >= 0
    assert factors.max() <= 1
