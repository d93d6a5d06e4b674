import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.classify.decision import TOP_K, Prediction, decide, predict
from plant_device.contract.classes import leaf_class
from plant_device.contract.manifest import Thresholds

ILL, HEALTHY = leaf_class("Apple___scab"), leaf_class("Apple___healthy")
CLASSES = [leaf_class(f"Crop___condition_{number:03d}") for number in range(40)]

steps = st.lists(st.integers(-128, 127), min_size=2, max_size=40)
temperatures = st.floats(0.05, 20)


def _logits(values: list[int] | list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def _thresholds(unsure: float = 0.0, not_leaf: float = -math.inf) -> Thresholds:
    return Thresholds.model_construct(unsure=unsure, not_leaf=not_leaf)


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    prediction = predict(_logits([0.0, math.log(3)]), [ILL, HEALTHY], temperature=1.0)
    assert [leaf for leaf, _ in prediction.top] == [HEALTHY, ILL]
    assert [probability for _, probability in prediction.top] == pytest.approx([0.75, 0.25])


def test_the_temperature_divides_the_logits() -> None:
    prediction = predict(_logits([0.0, 2 * math.log(3)]), [ILL, HEALTHY], temperature=2.0)
    assert prediction.top[0][1] == pytest.approx(0.75)


def test_the_energy_is_the_logsumexp_of_the_logits_at_any_temperature() -> None:
    logits = _logits([0.0, math.log(3)])
    for temperature in (0.5, 1.0, 10.0):
        energy = predict(logits, [ILL, HEALTHY], temperature).energy
        assert energy == pytest.approx(math.log(4))


@given(values=steps, temperature=temperatures)
def test_the_top_is_at_most_five_classes_best_first(values: list[int], temperature: float) -> None:
    top = predict(_logits(values), CLASSES, temperature).top
    probabilities = [probability for _, probability in top]
    assert len(top) == min(TOP_K, len(values)) == min(5, len(values))
    assert probabilities == sorted(probabilities, reverse=True)
    assert len({leaf.label for leaf, _ in top}) == len(top)
    assert all(0 <= probability <= 1 for probability in probabilities)


@given(values=st.lists(st.integers(-128, 127), min_size=2, max_size=5), temperature=temperatures)
def test_the_probabilities_of_all_classes_sum_to_one(values: list[int], temperature: float) -> None:
    top = predict(_logits(values), CLASSES, temperature).top
    assert sum(probability for _, probability in top) == pytest.approx(1.0, abs=1e-12)


@given(values=steps, one=temperatures, other=temperatures)
def test_the_temperature_does_not_change_the_order(
    values: list[int], one: float, other: float
) -> None:
    def order(temperature: float) -> list[str]:
        return [leaf.label for leaf, _ in predict(_logits(values), CLASSES, temperature).top]

    assert order(one) == order(other)


@given(values=st.lists(st.integers(-128, 127), min_size=2, max_size=40), shift=st.integers(-50, 50))
def test_the_same_on_all_logits_changes_the_energy_alone(values: list[int], shift: int) -> None:
    plain = predict(_logits(values), CLASSES, 1.0)
    shifted = predict(_logits([value + shift for value in values]), CLASSES, 1.0)
    assert [p for _, p in shifted.top] == pytest.approx([p for _, p in plain.top])
    assert shifted.energy - plain.energy == pytest.approx(shift, abs=1e-9)


@given(values=st.lists(st.integers(-2, 2), min_size=6, max_size=40))
def test_equal_logits_keep_the_order_of_the_classes(values: list[int]) -> None:
    top = [leaf.label for leaf, _ in predict(_logits(values), CLASSES, 1.0).top]
    expected = sorted(range(len(values)), key=lambda index: (-values[index], index))[:TOP_K]
    assert top == [CLASSES[index].label for index in expected]


def test_very_large_logits_do_not_overflow() -> None:
    prediction = predict(_logits([1e6, -1e6]), [ILL, HEALTHY], 0.01)
    assert prediction.top[0] == (ILL, 1.0)
    assert prediction.energy == pytest.approx(1e6)


def _prediction(probability: float, energy: float = 0.0, healthy: bool = False) -> Prediction:
    best, other = (HEALTHY, ILL) if healthy else (ILL, HEALTHY)
    return Prediction(((best, probability), (other, 1 - probability)), energy)


def test_a_sure_disease_is_named() -> None:
    decision = decide(_prediction(0.913), _thresholds(unsure=0.5))
    assert (decision.kind, decision.reason) == ("disease", "probability 0.91")


def test_a_sure_healthy_leaf_is_healthy() -> None:
    assert decide(_prediction(0.9, healthy=True), _thresholds(unsure=0.5)).kind == "healthy"


@pytest.mark.parametrize("healthy", [True, False])
def test_what_is_no_number_is_never_given_a_name(healthy: bool) -> None:
    nan = float("nan")
    assert decide(_prediction(nan, healthy=healthy), _thresholds(unsure=0.0)).kind == "unsure"
    assert decide(_prediction(1.0, nan, healthy), _thresholds(unsure=0.0)).kind == "not_leaf"


@pytest.mark.parametrize("healthy", [True, False])
def test_a_wavering_network_is_unsure_and_says_of_what(healthy: bool) -> None:
    decision = decide(_prediction(0.61, healthy=healthy), _thresholds(unsure=0.75))
    assert (decision.kind, decision.reason) == ("unsure", "probability 0.61 is below 0.75")


@pytest.mark.parametrize("probability", [0.99, 0.3])
def test_what_the_network_does_not_know_is_not_a_leaf_however_sure_it_is(
    probability: float,
) -> None:
    decision = decide(_prediction(probability, energy=1.25), _thresholds(0.5, not_leaf=2.5))
    assert decision.kind == "not_leaf"
    assert "energy 1.25 is below 2.50" in decision.reason


def test_a_value_at_its_threshold_is_not_below_it() -> None:
    assert decide(_prediction(0.75, energy=2.5), _thresholds(0.75, 2.5)).kind == "disease"


@given(
    probability=st.floats(0.5, 1),
    energy=st.floats(-50, 50),
    unsure=st.floats(0, 1),
    not_leaf=st.floats(-50, 50),
    healthy=st.booleans(),
)
def test_a_decision_follows_the_thresholds(
    probability: float, energy: float, unsure: float, not_leaf: float, healthy: bool
) -> None:
    kind = decide(_prediction(probability, energy, healthy), _thresholds(unsure, not_leaf)).kind
    assert (kind == "not_leaf") == (energy < not_leaf)
    if kind != "not_leaf":
        assert (kind == "unsure") == (probability < unsure)
    if kind in ("healthy", "disease"):
        assert (kind == "healthy") == healthy
