from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from plant_device.classify.decision import predict
from plant_device.contract.classes import leaf_class
from plant_train.judge.metrics import agreement, confusion, expected_calibration_error, figures


def _judged(most: int = 7) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Logits with many ties, as int8 ones have, and labels."""

    def of_shape(shape: tuple[int, int]) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
        n, classes = shape
        return st.tuples(
            arrays.arrays(np.float32, shape, elements=st.integers(-3, 3).map(float)),
            arrays.arrays(np.int32, n, elements=st.integers(0, classes - 1)),
        )

    return st.tuples(st.integers(1, 30), st.integers(2, most)).flatmap(of_shape)


def _names(classes: int) -> tuple[str, ...]:
    return tuple(f"class{number}" for number in range(classes))


def test_known_figures_of_five_pictures() -> None:
    # True a a a b b, answered a a b b a; class c has no pictures.
    logits = np.log([[8, 1, 1], [8, 1, 1], [1, 8, 1], [1, 8, 1], [8, 1, 1]]).astype(np.float32)
    reached = figures(logits, np.array([0, 0, 0, 1, 1]), ("a", "b", "c"))
    assert reached.n == 5
    assert reached.top1 == pytest.approx(3 / 5)
    assert reached.top5 == 1
    # a: precision 2/3, recall 2/3. b: precision 1/2, recall 1/2.
    assert reached.per_class.keys() == {"a", "b"}
    a, b = reached.per_class["a"], reached.per_class["b"]
    assert (a.precision, a.recall, a.f1, a.support) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (b.precision, b.recall, b.f1, b.support) == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))
    assert reached.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert reached.weighted_f1 == pytest.approx((3 * 2 / 3 + 2 * 1 / 2) / 5)
    assert reached.log_loss == pytest.approx(-(3 * math.log(0.8) + 2 * math.log(0.1)) / 5)
    # All say 0.8 and three of five are right.
    assert reached.ece == pytest.approx(0.2)


@given(_judged())
def test_f1_is_that_of_counting_by_hand_over_the_classes_that_have_pictures(
    judged: tuple[np.ndarray, np.ndarray],
) -> None:
    logits, labels = judged
    answers = [int(np.flatnonzero(row == row.max())[0]) for row in logits]
    reached = figures(logits, labels, _names(logits.shape[1]))
    f1 = {}
    for label in set(labels.tolist()):
        hit = sum(a == label == t for a, t in zip(answers, labels, strict=True))
        said, true = answers.count(label), labels.tolist().count(label)
        f1[label] = 2 * hit / (said + true)
        one = reached.per_class[f"class{label}"]
        assert one.support == true
        assert one.recall == pytest.approx(hit / true)
        assert one.precision == pytest.approx(hit / said if said else 0)
        assert one.f1 == pytest.approx(f1[label])
    assert len(reached.per_class) == len(f1)
    assert reached.macro_f1 == pytest.approx(sum(f1.values()) / len(f1))
    assert reached.weighted_f1 == pytest.approx(np.mean([f1[label] for label in labels.tolist()]))
    assert reached.top1 == pytest.approx(np.mean(np.array(answers) == labels))


@given(_judged(), st.floats(0.2, 5))
def test_answers_and_probabilities_are_those_that_the_device_gives(
    judged: tuple[np.ndarray, np.ndarray], temperature: float
) -> None:
    logits, labels = judged
    names = _names(logits.shape[1])
    classes = [leaf_class(name) for name in names]
    predictions = [predict(row, classes, temperature).top for row in logits]
    reached = figures(logits, labels, names, temperature)
    first = [
        top[0][0].label == names[label] for top, label in zip(predictions, labels, strict=True)
    ]
    among_five = [
        names[label] in {leaf.label for leaf, _ in top}
        for top, label in zip(predictions, labels, strict=True)
    ]
    assert reached.top1 == pytest.approx(np.mean(first))
    assert reached.top5 == pytest.approx(np.mean(among_five))
    confidence = np.array([top[0][1] for top in predictions])
    assert reached.ece == pytest.approx(
        expected_calibration_error(confidence, np.array(first)), abs=1e-9
    )


@given(_judged(most=5))
def test_with_five_classes_or_fewer_every_picture_is_among_the_first_five(
    judged: tuple[np.ndarray, np.ndarray],
) -> None:
    logits, labels = judged
    assert figures(logits, labels, _names(logits.shape[1])).top5 == 1


def test_the_sixth_answer_is_not_among_the_first_five() -> None:
    logits = np.array([[6.0, 5, 4, 3, 2, 1]], np.float32)
    for label, among in ((0, 1), (4, 1), (5, 0)):
        assert figures(logits, np.array([label]), _names(6)).top5 == among


@given(_judged(), st.floats(0.05, 20))
def test_temperature_changes_probabilities_and_no_answer(
    judged: tuple[np.ndarray, np.ndarray], temperature: float
) -> None:
    logits, labels = judged
    names = _names(logits.shape[1])
    plain, cooled = figures(logits, labels, names), figures(logits, labels, names, temperature)
    assert plain.top1 == cooled.top1
    assert plain.per_class == cooled.per_class
    wide = logits.astype(np.float64) / temperature
    chosen = wide[np.arange(len(labels)), labels]
    expected = np.mean(np.log(np.exp(wide).sum(axis=1)) - chosen)
    assert cooled.log_loss == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_calibration_error_of_known_confidences() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, False, True, True])
    # Two bins of half the pictures each: |0.95 - 0.5| and |0.55 - 1|.
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.45)


def test_the_calibration_error_counts_bins_of_a_fifteenth() -> None:
    # 0.90 and 0.92 fall into the bin from 13/15 to 14/15, 0.94 into the next.
    confidence, correct = np.array([0.90, 0.92, 0.94]), np.array([True, True, False])
    expected = 2 / 3 * abs(0.91 - 1) + 1 / 3 * abs(0.94 - 0)
    assert expected_calibration_error(confidence, correct) == pytest.approx(expected)


def test_certain_and_right_is_perfectly_calibrated_and_certain_and_wrong_perfectly_not() -> None:
    certain = np.ones(4)
    assert expected_calibration_error(certain, np.ones(4, bool)) == 0
    assert expected_calibration_error(certain, np.zeros(4, bool)) == 1


@given(_judged())
def test_the_confusion_matrix_counts_every_picture_in_its_true_row(
    judged: tuple[np.ndarray, np.ndarray],
) -> None:
    logits, labels = judged
    classes = logits.shape[1]
    matrix = confusion(logits, labels, classes)
    assert matrix.shape == (classes, classes)
    assert matrix.sum(axis=1).tolist() == np.bincount(labels, minlength=classes).tolist()
    assert np.trace(matrix) == round(figures(logits, labels, _names(classes)).top1 * len(labels))


def test_a_confusion_stands_in_the_true_row_and_the_answered_column() -> None:
    matrix = confusion(np.array([[0.0, 1, 0]]), np.array([2]), 3)
    assert matrix.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_agreement_is_the_fraction_of_equal_answers_right_or_wrong() -> None:
    logits = np.array([[1.0, 0], [1, 0], [0, 1], [2, 2]])
    others = np.array([[5.0, 4], [0, 1], [-3, 3], [7, 7]])
    assert agreement(logits, others) == pytest.approx(3 / 4)
    assert agreement(logits, logits) == 1


@pytest.mark.parametrize("seed", range(10))
def test_the_same_logits_give_the_same_bits_however_they_lie_in_memory(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 3, (32, 8)).astype(np.float32), rng.integers(0, 8, 32)
    # As columns lie that were put in another order.
    other = figures(np.asfortranarray(logits), labels, _names(8))
    assert other == figures(logits, labels, _names(8))
