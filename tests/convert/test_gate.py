from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_convert.gate import (
    Comparison,
    Limits,
    compare,
    gate_record,
    pictures_to_add,
    refusals,
)
from plant_device.contract.manifest import RecallDrop

CLASSES = ("a", "b", "c", "d")


def _logits(answers: list[int]) -> np.ndarray:
    return np.eye(len(CLASSES), dtype=np.float32)[answers] * 4


def _compare(float32: list[int], int8: list[int], labels: list[int]) -> Comparison:
    return compare(_logits(float32), _logits(int8), np.array(labels), CLASSES, (1.0, 1.0))


def _right(n: int) -> list[int]:
    return [number % len(CLASSES) for number in range(n)]


def test_equal_models_pass_the_strictest_limits() -> None:
    labels = _right(40)
    assert refusals(_compare(labels, labels, labels), Limits(1.0, 0.0, 1.0)) == []


@pytest.mark.parametrize("n", [8, 40, 200])
def test_one_picture_is_forgiven_but_where_nothing_may_differ(n: int) -> None:
    labels = _right(n)
    int8 = [(labels[0] + 1) % 4, *labels[1:]]
    comparison = _compare(labels, int8, labels)
    assert refusals(comparison, Limits(0.9999, 0.0001, 1.0)) == []
    (agreement,) = refusals(comparison, Limits(1.0, 1.0, 1.0))
    assert agreement.startswith("top-1 agreement ")
    assert agreement.endswith("; F1 falls most of a, b")
    (drop,) = refusals(comparison, Limits(0.0, 0.0, 1.0))
    assert drop.startswith("macro F1 falls by ")
    (recall,) = refusals(comparison, Limits(0.0, 1.0, 0.0))
    assert recall.startswith("recall of a falls by ")


def test_two_pictures_of_a_hundred_are_too_many_for_98_5_percent_and_few_enough_for_98() -> None:
    labels = _right(100)
    int8 = [1, 2, *labels[2:]]
    comparison = _compare(labels, int8, labels)
    assert comparison.agreement == pytest.approx(0.98)
    said = refusals(comparison, Limits(0.985, 1.0, 1.0))
    assert said == [
        "top-1 agreement 98.00% on 100 pictures, at least 98.50% expected; F1 falls most of b, a, c"
    ]
    assert refusals(comparison, Limits(0.98, 1.0, 1.0)) == []


def test_a_fall_of_macro_f1_names_the_class_that_lost_most() -> None:
    labels = _right(40)
    int8 = [3 if label == 2 else label for label in labels]
    comparison = _compare(labels, int8, labels)
    # Class c is never answered: F1 0; d has precision one half and recall 1: F1 2/3.
    assert comparison.macro_f1_drop == pytest.approx((1 + 1 / 3) / 4)
    assert refusals(comparison, Limits(0.0, 0.005, 1.0)) == [
        "macro F1 falls by 33.33 points, at most 0.5 expected; F1 falls most of c, d"
    ]
    # Once, however many limits it breaks.
    agreement, macro_f1 = refusals(comparison, Limits())
    assert "F1 falls" not in agreement
    assert macro_f1.endswith("; F1 falls most of c, d")


def test_a_model_that_differs_and_gains_is_refused_for_differing_alone() -> None:
    labels = _right(40)
    float32 = [(label + 1) % 4 for label in labels[:8]] + labels[8:]
    comparison = _compare(float32, labels, labels)
    assert comparison.macro_f1_drop < 0
    assert refusals(comparison, Limits(0.985, 0.0, 1.0)) == [
        "top-1 agreement 80.00% on 40 pictures, at least 98.50% expected"
    ]
    assert refusals(comparison, Limits(0.5, 0.0, 1.0)) == []


@pytest.mark.parametrize(
    ("support", "lost", "refused"), [(60, 2, True), (60, 1, False), (40, 2, False)]
)
def test_a_class_may_not_lose_recall_where_it_has_the_pictures_to_tell(
    support: int, lost: int, refused: bool
) -> None:
    labels = [label for label in range(4) for _ in range(support)]
    int8 = [1] * lost + labels[lost:]
    said = refusals(_compare(labels, int8, labels), Limits(0.0, 1.0, 0.02))
    expected = f"recall of a falls by {lost / support * 100:.2f} points, at most 2 expected"
    assert said == ([expected] if refused else [])


def test_classes_with_few_held_out_pictures_are_judged_by_training_pictures_too() -> None:
    held_out = np.array([0] * 12 + [1] * 3 + [2])
    training = np.array([0] * 50 + [1] * 50 + [2] * 4 + [3] * 30)
    added = training[pictures_to_add(held_out, training, 4)]
    assert np.bincount(added).tolist() == [0, 7, 4, 10]
    # Not the first ones alone, which may show one leaf.
    assert np.ptp(pictures_to_add(held_out, training, 2)) == 49


def test_each_model_is_judged_at_its_own_temperature() -> None:
    labels = _right(8)
    logits = _logits(labels)
    comparison = compare(logits, logits, np.array(labels), CLASSES, (1.0, 4.0))
    assert comparison.float32.log_loss == pytest.approx(np.log(1 + 3 * np.exp(-4)))
    assert comparison.int8.log_loss == pytest.approx(np.log(1 + 3 * np.exp(-1)))


@given(
    st.lists(st.tuples(*[st.integers(0, len(CLASSES) - 1)] * 3), min_size=1, max_size=60),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_it_refuses_exactly_what_breaks_a_limit_by_more_than_one_picture_or_one_of_nothing(
    answers: list[tuple[int, int, int]], min_agreement: float, max_drop: float
) -> None:
    labels, float32, int8 = (list(column) for column in zip(*answers, strict=True))
    comparison = _compare(float32, int8, labels)
    differing = sum(ours != theirs for ours, theirs in zip(float32, int8, strict=True))
    agrees = 1 - differing / len(labels)
    drop = comparison.float32.macro_f1 - comparison.int8.macro_f1
    expected = 0
    if differing > 1 or min_agreement == 1:
        expected += comparison.agreement < min_agreement
    if differing > 1 or max_drop == 0:
        expected += drop > max_drop
    assert comparison.agreement == pytest.approx(agrees)
    assert len(refusals(comparison, Limits(min_agreement, max_drop, 1.0))) == expected


def test_the_record_has_the_limits_and_what_was_found_kept_or_broken() -> None:
    labels = [label for label in range(4) for _ in range(60)]
    int8 = [1] * 3 + labels[3:]
    comparison = _compare(labels, int8, labels)
    record = gate_record(comparison, Limits(0.9, 0.1, 0.02), from_training=7)
    assert (record.n, record.from_training) == (240, 7)
    assert (record.min_agreement, record.max_macro_f1_drop, record.max_recall_drop) == (
        0.9,
        0.1,
        0.02,
    )
    assert record.agreement == comparison.agreement == pytest.approx(237 / 240)
    assert record.macro_f1_drop == comparison.macro_f1_drop > 0
    assert record.greatest_recall_drop is not None
    assert record.greatest_recall_drop.label == "a"
    assert record.greatest_recall_drop.drop == pytest.approx(3 / 60)


def test_of_classes_with_few_pictures_no_recall_is_recorded() -> None:
    labels = _right(40)
    int8 = [3 if label == 2 else label for label in labels]
    record = gate_record(_compare(labels, int8, labels), Limits(), from_training=0)
    assert record.greatest_recall_drop is None
    judged = gate_record(_compare(labels, int8, labels), Limits(max_recall_drop=0.1), 0)
    assert judged.greatest_recall_drop == RecallDrop(label="c", drop=1.0)
