from __future__ import annotations

import numpy as np
import pytest

from plant_device.contract.manifest import Thresholds
from plant_train.judge.calibration import fit_temperature
from plant_train.judge.evaluation import Evaluation, Judge
from plant_train.judge.verdict import (
    FIELD_WARNING,
    confusions,
    in_short,
    verdict,
    worst_classes,
)

CLASSES = ("Corn___healthy", "Corn___rust", "Tomato___blight", "Tomato___spots")


def _evaluation(
    answers: list[list[int]], temperature: float = 1.0, **unknown: np.ndarray
) -> Evaluation:
    """Of a confusion matrix, each answer given with a probability of 0.999 at temperature 1."""
    labels = [true for true, row in enumerate(answers) for count in row for _ in range(count)]
    said = [said for row in answers for said, count in enumerate(row) for _ in range(count)]
    judge = Judge(CLASSES, temperature, Thresholds(unsure=0.5, not_leaf=-100))
    return judge.evaluation("trial", 8 * np.eye(4)[said], np.array(labels), unknown)


@pytest.fixture(scope="module")
def mixed() -> Evaluation:
    """80 corn leaves all right, 20 rust with 8 taken for healthy, 2 blights right, no spots."""
    return _evaluation([[80, 0, 0, 0], [8, 12, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]])


def _answers(evaluation: Evaluation, held_out: bool = False) -> dict[str, str]:
    return {one.question: one.answer for one in verdict(evaluation, held_out)}


def test_the_verdict_says_how_good_where_and_on_what(mixed: Evaluation) -> None:
    answers = _answers(mixed)
    assert (
        "On 102 pictures of trial its first answer is right for 92.2 %"
        in answers["How good is it?"]
    )
    assert "over the 3 of its 4 classes that have pictures" in answers["How good is it?"]
    trusted = answers["What can it be trusted with?"]
    # Rust: 12 of 20 found. Blight: 2 of 2, which proves nothing.
    assert trusted.startswith("1 of its 3 classes")
    assert "too few to tell: Tomato: blight" in trusted
    assert "Corn: rust (F1 0.75, 20 pictures)" in answers["Where is it weak?"]
    assert "Tomato" not in answers["Where is it weak?"]
    assert "Corn: rust taken for Corn: healthy (8 of 20)" in answers["What does it mix up?"]
    assert answers["Can its probabilities be believed?"].startswith("No: it is too sure of itself")
    assert "Not tested here" in answers["Does it notice what it does not know?"]
    missing = answers["What was it not tested on?"]
    assert "On 1 of its classes, for want of pictures: Tomato: spots." in missing
    assert FIELD_WARNING in missing


def test_where_no_class_is_trusted_there_are_no_others() -> None:
    none = _answers(_evaluation([[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
    trusted = none["What can it be trusted with?"]
    assert trusted.startswith("None of its 2 classes")
    assert "For 2 there are fewer than 10 pictures" in trusted


def test_known_pictures_are_told_first(mixed: Evaluation) -> None:
    known = mixed.model_copy(update={"learned_from": 7})
    warning = "7 of these 102 pictures had a part in making it"
    assert _answers(known)["How good is it?"].startswith(warning)
    assert warning in in_short(known, held_out=False)
    assert "had a part" not in in_short(mixed, held_out=False)


def test_held_out_pictures_are_no_test_set(mixed: Evaluation) -> None:
    answers = _answers(mixed, held_out=True)
    assert "102 held-out pictures of the training data" in answers["How good is it?"]
    assert "had no part in making it" in answers["What was it not tested on?"]
    assert "fitted on these same pictures" in answers["Can its probabilities be believed?"]
    assert (
        "fitted on these same pictures" not in _answers(mixed)["Can its probabilities be believed?"]
    )


def test_a_faultless_model_gets_no_invented_weakness() -> None:
    faultless = _evaluation([[25, 0, 0, 0], [0, 25, 0, 0], [0, 0, 25, 0], [0, 0, 0, 25]])
    answers = _answers(faultless)
    assert answers["Where is it weak?"].startswith("In none")
    assert answers["What does it mix up?"] == "Nothing, on these pictures."
    assert answers["Can its probabilities be believed?"].startswith("Yes.")
    assert answers["What can it be trusted with?"].startswith("4 of its 4 classes")
    assert confusions(faultless) == []


def test_few_pictures_do_not_tell_whether_probabilities_can_be_believed() -> None:
    question = "Can its probabilities be believed?"
    right = [[99, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert _answers(_evaluation(right))[question].startswith(
        "Too few pictures to tell: 99, it takes at least 100. What it says and what happens differ"
    )
    right[0][0] += 1
    assert _answers(_evaluation(right))[question].startswith("Yes.")


def test_a_temperature_at_the_bound_of_its_search_or_that_harms_is_told() -> None:
    question = "Can its probabilities be believed?"
    right = [[50, 0, 0, 0], [0, 50, 0, 0], [0, 0, 50, 0], [0, 0, 0, 50]]
    chance = [[20, 20, 20, 20]] * 4
    labels = np.repeat(np.arange(4), 80)
    found = fit_temperature(800 * np.eye(4)[np.tile(np.arange(4), 80)], labels)
    at_bound = _answers(_evaluation(chance, temperature=found))[question]
    assert "before the temperature of 20.00). That temperature is the bound of its" in at_bound
    assert "made it worse" not in at_bound
    harmed = _answers(_evaluation(right, temperature=10.0))[question]
    assert "The temperature made it worse here." in harmed
    assert "bound" not in harmed


def test_a_useless_model_is_called_so_and_its_attractor_named() -> None:
    useless = _evaluation([[0, 20, 0, 0], [0, 5, 0, 0], [0, 20, 0, 0], [0, 20, 0, 0]])
    assert "none of 4 classes can be trusted" in in_short(useless, held_out=False)
    assert _answers(useless)["What can it be trusted with?"].startswith("None of its 4 classes")
    assert (
        "attract pictures of others: Corn: rust (65 answers for 5 pictures)"
        in (_answers(useless)["Where is it weak?"])
    )


def test_in_short_names_the_data_and_warns_of_the_field(mixed: Evaluation) -> None:
    assert "On pictures of trial its first answer is right 92.2 %" in in_short(
        mixed, held_out=False
    )
    held_out = in_short(mixed, held_out=True)
    assert "pictures like those of its training" in held_out
    assert "In a field expect less" in held_out


def test_unknown_folders_are_told_with_what_the_device_would_do() -> None:
    strange = np.array([[9.0, 0, 0, 0]] * 3 + [[0.1, 0, 0, 0]])
    judged = _evaluation([[20, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], chairs=strange)
    told = _answers(judged)["Does it notice what it does not know?"]
    assert "Of 4 pictures in chairs it would give 75.0 % a class's name" in told


def test_orders(mixed: Evaluation) -> None:
    assert worst_classes(mixed)[0] == "Corn___rust"
    (pair,) = confusions(mixed)
    assert (pair.truth, pair.answer, pair.pictures) == ("Corn___rust", "Corn___healthy", 8)
    assert pair.share == pytest.approx(8 / 20)
