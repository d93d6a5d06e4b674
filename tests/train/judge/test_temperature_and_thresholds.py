from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax

from plant_train.judge.calibration import carried_not_leaf, fit_temperature, fit_thresholds

N, CLASSES = 4000, 5


def _judged() -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Logits of all kinds, from sure to unsure and with ties, and labels."""

    def of_shape(shape: tuple[int, int]) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
        n, classes = shape
        return st.tuples(
            arrays.arrays(np.float32, shape, elements=st.integers(-8, 8).map(float)),
            arrays.arrays(np.int32, n, elements=st.integers(0, classes - 1)),
        )

    return st.tuples(st.integers(1, 120), st.integers(2, 4)).flatmap(of_shape)


@pytest.fixture(scope="module")
def calibrated() -> tuple[np.ndarray, np.ndarray]:
    """Logits whose probabilities are true: each label was drawn from its picture's own."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(N, CLASSES)) * 2
    draws = rng.random((N, 1))
    labels = (softmax(logits, axis=1).cumsum(axis=1) < draws).sum(axis=1)
    return logits, np.minimum(labels, CLASSES - 1)


def test_true_probabilities_need_no_temperature(
    calibrated: tuple[np.ndarray, np.ndarray],
) -> None:
    assert fit_temperature(*calibrated) == pytest.approx(1, abs=0.05)


@given(temperature=st.floats(0.1, 10))
def test_logits_that_are_too_sure_by_a_factor_get_that_factor_as_their_temperature(
    calibrated: tuple[np.ndarray, np.ndarray], temperature: float
) -> None:
    logits, labels = calibrated
    found = fit_temperature((logits * temperature).astype(np.float32), labels)
    assert found == pytest.approx(temperature, rel=0.06)


@given(_judged())
def test_no_other_temperature_has_a_lower_log_loss_for_hundreds_of_pictures(
    judged: tuple[np.ndarray, np.ndarray],
) -> None:
    logits, labels = (np.tile(part.T, 400 // len(part) + 1).T for part in judged)

    def log_loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        return float(
            np.mean(np.logaddexp.reduce(scaled, axis=1) - scaled[np.arange(len(labels)), labels])
        )

    found = fit_temperature(logits, labels)
    assert 1 / 20.01 <= found <= 20.01
    least = min(log_loss(float(other)) for other in np.geomspace(1 / 20, 20, 101))
    assert log_loss(found) <= least + 0.03


def test_few_pictures_say_little_of_the_temperature_whatever_they_say() -> None:
    sure, labels = 8 * np.eye(4, dtype=np.float32), np.arange(4)
    assert fit_temperature(sure, labels) == pytest.approx(1, abs=0.05)
    assert 1 < fit_temperature(sure, labels[::-1].copy()) < 6


def test_the_more_pictures_are_right_the_lower_is_the_temperature() -> None:
    logits, labels = 2 * np.eye(4, dtype=np.float32), np.arange(4)
    found = [fit_temperature(np.tile(logits, (n, 1)), np.tile(labels, n)) for n in (1, 10, 1000)]
    assert 0.5 < found[0] < 1
    assert found[0] > found[1] > found[2] >= 1 / 20.01


def _mostly_right() -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Logits and labels of a good net: few steps of sureness, so many ties, and few mistakes."""
    picture = st.tuples(
        st.sampled_from([0, 1, 2, 3, 5]), st.integers(0, 2), st.sampled_from([0] * 15 + [1])
    )

    def of_pictures(pictures: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray]:
        sureness, answers, mistakes = (np.array(column) for column in zip(*pictures, strict=True))
        logits = np.zeros((len(pictures), 3), np.float32)
        logits[np.arange(len(pictures)), answers] = sureness + 0.25
        return logits, (answers + mistakes) % 3

    return st.lists(picture, min_size=1, max_size=120).map(of_pictures)


def _answers(
    logits: np.ndarray, labels: np.ndarray, temperature: float
) -> tuple[np.ndarray, np.ndarray]:
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    return probabilities.max(axis=1), logits.argmax(axis=1) == labels


@given(st.one_of(_judged(), _mostly_right()), st.floats(0.3, 4))
def test_answers_that_are_given_are_right_on_98_percent_and_no_lower_threshold_would_do(
    judged: tuple[np.ndarray, np.ndarray], temperature: float
) -> None:
    logits, labels = judged
    unsure = fit_thresholds(logits, labels, temperature).unsure
    confidence, correct = _answers(logits, labels, temperature)

    def holds(threshold: float) -> bool:
        given = confidence >= threshold
        return not given.any() or bool(correct[given].mean() >= 0.98)

    assert 0.5 <= unsure <= 1
    assert unsure == 1 or holds(unsure)
    lower = {0.5, *confidence[confidence >= 0.5].tolist()}
    assert not any(holds(threshold) for threshold in lower if threshold < unsure)


@given(_judged(), st.floats(0.3, 4))
def test_at_least_99_percent_of_the_leaves_reach_the_energy_of_a_leaf(
    judged: tuple[np.ndarray, np.ndarray], temperature: float
) -> None:
    logits, labels = judged
    not_leaf = fit_thresholds(logits, labels, temperature).not_leaf
    energy = np.logaddexp.reduce(logits.astype(np.float64), axis=1)
    assert np.mean(energy >= not_leaf) >= 0.99
    # And no more than one in a hundred, rounded up, would be too many.
    assert np.sum(energy <= not_leaf) >= len(energy) * 0.01


def test_known_thresholds() -> None:
    # Probabilities 0.9 (right), 0.8 (right), 0.7 (wrong), 0.6 (right) of two classes.
    first = np.array([0.9, 0.8, 0.7, 0.6])
    logits = np.log(np.stack([first, 1 - first], axis=1)).astype(np.float32)
    thresholds = fit_thresholds(logits, np.array([0, 0, 1, 0]), 1.0)
    assert thresholds.unsure == pytest.approx(0.8)
    # The energy of logarithms of probabilities is the logarithm of their sum.
    assert thresholds.not_leaf == pytest.approx(0, abs=1e-6)


def test_equal_probabilities_are_answered_together() -> None:
    # As int8 logits often are: one of two equally sure answers is wrong.
    logits = np.array([[3.0, 0], [1, 0], [1, 0]], np.float32)
    unsure = fit_thresholds(logits, np.array([0, 0, 1]), 1.0).unsure
    assert unsure == pytest.approx(softmax([3.0, 0])[0])


def test_right_answers_that_are_not_sure_do_not_excuse_wrong_ones_that_are() -> None:
    logits = np.zeros((100, 4), np.float32)
    logits[0] = [4, 0, 0, 0]
    labels = np.zeros(100, int)
    labels[0] = 1
    assert fit_thresholds(logits, labels, 1.0).unsure == 1


def _energies(*values: float) -> np.ndarray:
    """Logits of one class, whose energy is the logit."""
    return np.array(values, np.float32)[:, np.newaxis]


@pytest.mark.parametrize(
    ("others", "not_leaf"),
    [
        # Apart: the middle of the gap.
        ([1, 2, 4], 7.0),
        # One other among the leaves is not worth refusing any of them.
        ([1, 2, 4, 15], 7.0),
        # All above: nothing can be refused but with the leaves.
        ([40, 50], 10.0),
    ],
)
def test_with_other_pictures_the_threshold_separates_them_from_leaves(
    others: list[float], not_leaf: float
) -> None:
    leaves = _energies(*range(10, 40))
    labels = np.zeros(30, int)
    found = fit_thresholds(leaves, labels, 1.0, _energies(*others)).not_leaf
    assert found == pytest.approx(not_leaf, abs=0.51)
    assert np.mean(leaves[:, 0] >= found) >= 0.95


@given(
    st.lists(st.floats(-20, 20), min_size=1, max_size=60),
    st.lists(st.floats(-20, 20), min_size=1, max_size=60),
)
def test_at_most_one_leaf_in_twenty_is_refused_whatever_the_others(
    leaves: list[float], others: list[float]
) -> None:
    logits = _energies(*leaves)
    found = fit_thresholds(logits, np.zeros(len(leaves), int), 1.0, _energies(*others)).not_leaf
    assert np.mean(logits[:, 0].astype(np.float64) >= found) >= 0.95


def test_a_threshold_moves_with_the_energies_of_a_conversion() -> None:
    logits = _energies(1, 2, 3, 9)
    assert carried_not_leaf(5.0, logits, logits + 0.25) == pytest.approx(5.25)
    # One picture that went astray does not count.
    astray = logits + np.array([[0.25], [0.25], [0.25], [-7]], np.float32)
    assert carried_not_leaf(5.0, logits, astray) == pytest.approx(5.25)
