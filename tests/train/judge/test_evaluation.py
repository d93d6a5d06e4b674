from __future__ import annotations

import numpy as np
import pytest

from plant_device.contract.manifest import Thresholds
from plant_train.judge.evaluation import Evaluation, Judge
from plant_train.judge.metrics import figures
from plant_train.judge.unknown import DEVICE_SCORE, SCORES, auroc, false_accept_rate
from plant_train.judge.wilson import wilson_interval

CLASSES = ("Corn___healthy", "Corn___rust", "Tomato___blight")
JUDGE = Judge(CLASSES, temperature=2.0, thresholds=Thresholds(unsure=0.6, not_leaf=1.0))

# Energies near 4, one near 0. Right, right, wrong, unsure and wrong, not a leaf.
LOGITS = np.array([[4.0, 0, 0], [0, 4, 0], [4, 0, 0], [2, 2.5, 2], [0, -1, -9]], np.float32)
LABELS = np.array([0, 1, 1, 0, 0])


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    strange = np.array([[0.0, 0, -9], [5, 0, 0]], np.float32)
    return JUDGE.evaluation("leaves", LOGITS, LABELS, {"chairs": strange})


def test_the_shared_figures_are_those_of_the_contract(evaluation: Evaluation) -> None:
    assert evaluation.figures == figures(LOGITS, LABELS, CLASSES, temperature=2.0)
    before = figures(LOGITS, LABELS, CLASSES)
    assert evaluation.before_temperature.ece == before.ece
    assert evaluation.before_temperature.log_loss == before.log_loss


def test_counts_and_intervals(evaluation: Evaluation) -> None:
    assert evaluation.confusion == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert evaluation.predictions == {"Corn___healthy": 3, "Corn___rust": 2, "Tomato___blight": 0}
    assert evaluation.top1_interval == wilson_interval(3, 5)
    # No interval where there is no picture.
    assert evaluation.recall_intervals == {
        "Corn___healthy": wilson_interval(2, 3),
        "Corn___rust": wilson_interval(1, 2),
    }
    assert evaluation.attractors == []


def test_top1_among_fewer_classes(evaluation: Evaluation) -> None:
    logits = np.array([[1, 2, 9.0], [0, 3, 4], [5, 6, 0], [0, 0, 1]], np.float32)
    # All of them: right for the fourth alone. Of one crop: for the first too it is not.
    judged = JUDGE.evaluation("leaves", logits, np.array([1, 1, 0, 2]))
    assert judged.top1 == judged.top1_of_present == 1 / 4
    assert judged.top1_of_crop == 3 / 4
    corn = JUDGE.evaluation("corn", logits[:3], np.array([1, 1, 0]))
    assert (corn.top1, corn.top1_of_present, corn.top1_of_crop) == (0, 2 / 3, 2 / 3)
    assert evaluation.top1_of_present == evaluation.top1_of_crop == evaluation.top1


def test_decisions_are_the_devices_own(evaluation: Evaluation) -> None:
    # exp(2) / (exp(2) + 2) is 0.79; the fourth has 0.39, the fifth an energy of 0.31.
    assert evaluation.decisions == {"disease": 1, "healthy": 2, "unsure": 1, "not_leaf": 1}
    assert evaluation.answered == pytest.approx(3 / 5)
    assert evaluation.answered_top1 == pytest.approx(2 / 3)


def test_where_nothing_is_answered_there_is_no_accuracy_of_answers() -> None:
    deaf = Judge(CLASSES, 1.0, Thresholds(unsure=1, not_leaf=100))
    silent = deaf.evaluation("leaves", LOGITS, LABELS)
    assert silent.answered == 0
    assert silent.answered_top1 is None
    assert silent.unknown == {}


def test_unknown_folders_are_judged_against_the_data_by_every_score(
    evaluation: Evaluation,
) -> None:
    chairs = evaluation.unknown["chairs"]
    strange = np.array([[0.0, 0, -9], [5, 0, 0]], np.float32)
    assert chairs.n == 2
    assert chairs.decisions == {"disease": 0, "healthy": 1, "unsure": 0, "not_leaf": 1}
    assert chairs.answered == 0.5
    for name, score in SCORES.items():
        assert chairs.scores[name].auroc == auroc(score(LOGITS), score(strange))
        assert chairs.scores[name].false_accepts == false_accept_rate(score(LOGITS), score(strange))
    assert evaluation.unknown_score == DEVICE_SCORE
    assert chairs.auroc == chairs.scores[DEVICE_SCORE].auroc


def test_an_evaluation_comes_back_from_its_json(evaluation: Evaluation) -> None:
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def test_reliability_holds_every_picture_before_and_after_temperature(
    evaluation: Evaluation,
) -> None:
    for bins in (evaluation.reliability, evaluation.before_temperature.reliability):
        assert sum(one.n for one in bins) == 5
        assert sum(one.n * one.accuracy for one in bins) == pytest.approx(3)
