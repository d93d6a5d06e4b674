from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.classify.decision import Decision, DecisionKind, Prediction
from plant_device.classify.smoothing import Answer, Smoothed, Smoothing, answer_of, smoothed
from plant_device.contract.classes import leaf_class

SCAB = Answer("disease", leaf_class("Apple___scab"))
RUST = Answer("disease", leaf_class("Corn___rust"))
UNSURE = Answer("unsure")
USUAL = Smoothing()


def _after(answers: list[Answer], rate: float, start: Smoothed = Smoothed()) -> Smoothed:  # noqa: B008
    state = start
    for answer in answers:
        state = smoothed(state, answer, 1 / rate, USUAL)
    return state


@pytest.mark.parametrize(
    ("kind", "named"),
    [("disease", True), ("healthy", True), ("unsure", False), ("not_leaf", False)],
)
def test_a_frame_answers_with_its_first_class_where_it_names_one(
    kind: DecisionKind, named: bool
) -> None:
    scab = leaf_class("Apple___scab")
    prediction = Prediction(((scab, 0.9), (leaf_class("Apple___healthy"), 0.1)), energy=3.0)
    answer = answer_of(prediction, Decision(kind, "clear", "a reason"))
    assert answer == Answer(kind, scab if named else None)


def test_one_frame_is_no_answer_yet() -> None:
    state = _after([SCAB], 30)
    assert state.shown is None
    assert state.share(SCAB) == pytest.approx(1 - math.exp(-1 / 30))
    assert state.share(RUST) == 0


@pytest.mark.parametrize("rate", [2, 10, 30])
def test_an_answer_is_shown_after_the_same_time_at_every_frame_rate(rate: int) -> None:
    # The share of what has been said for t seconds is 1 - exp(-t): 0.6 after 0.916 s.
    before, at = math.floor(0.916 * rate), math.ceil(0.917 * rate)
    assert _after([SCAB] * before, rate).shown is None
    assert _after([SCAB] * at, rate).shown == SCAB


def test_an_odd_frame_changes_nothing() -> None:
    state = _after([SCAB] * 90 + [RUST] + [SCAB] + [UNSURE] * 2, 30)
    assert state.shown == SCAB


def test_another_leaf_takes_over() -> None:
    state = _after([SCAB] * 90, 30)
    shown = []
    for _ in range(40):
        state = smoothed(state, RUST, 1 / 30, USUAL)
        shown.append(state.shown)
    # The old answer's share falls below 0.4 just as the new one's comes to 0.6.
    assert shown[:25] == [SCAB] * 25
    assert shown[-12:] == [RUST] * 12


def test_frames_that_disagree_show_nothing() -> None:
    state = _after([SCAB] * 90 + [SCAB, RUST, UNSURE] * 60, 30)
    assert state.shown is None
    assert len(state.shares) == 3


def test_between_its_limits_an_answer_stays_and_does_not_come() -> None:
    half = [SCAB, RUST] * 90
    assert _after(half, 30).shown is None
    assert _after([SCAB] * 60 + half, 30).shown == SCAB


def test_no_single_frame_decides_however_late_it_comes() -> None:
    state = Smoothed()
    for seconds in (0.0, 60.0):
        state = smoothed(state, SCAB, seconds, USUAL)
        assert state.shown is None
    state = smoothed(state, SCAB, 60.0, USUAL)
    assert state.shown == SCAB
    assert smoothed(state, RUST, 60.0, USUAL).shown is None


def test_pictures_that_lie_far_apart_are_each_their_own_answer() -> None:
    state = Smoothed()
    for answer in (SCAB, RUST, UNSURE):
        state = smoothed(state, answer, math.inf, USUAL)
        assert state == Smoothed(((answer, 1.0),), answer)


def test_a_frame_of_the_same_moment_counts_nothing() -> None:
    assert smoothed(Smoothed(), SCAB, 0, USUAL) == Smoothed()
    state = _after([SCAB] * 60, 30)
    assert smoothed(state, RUST, 0, USUAL) == state


ANSWERS = st.sampled_from(
    [SCAB, RUST, UNSURE, Answer("not_leaf"), Answer("healthy", leaf_class("Apple___healthy"))]
)


@given(st.lists(st.tuples(ANSWERS, st.floats(0, 10)), max_size=60))
def test_shares_are_shares_and_only_what_has_enough_is_shown(
    frames: list[tuple[Answer, float]],
) -> None:
    state = Smoothed()
    for answer, elapsed in frames:
        before, state = state, smoothed(state, answer, elapsed, USUAL)
        shares = [share for _, share in state.shares]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-9
        assert len({one for one, _ in state.shares}) == len(shares)
        if state.shown is not None:
            least = USUAL.leave if state.shown == before.shown else USUAL.enter
            assert state.share(state.shown) >= least
