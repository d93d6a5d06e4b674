from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import vote
from plant_device.contract.classes import leaf_class

BLIGHT = Answer("disease", leaf_class("Tomato___Late_blight"))
MOULD = Answer("disease", leaf_class("Tomato___Leaf_Mold"))
HEALTHY = Answer("healthy", leaf_class("Tomato___healthy"))
UNSURE = Answer("unsure")

ANSWERS = st.lists(st.sampled_from([BLIGHT, MOULD, HEALTHY, UNSURE, None]), max_size=12)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([BLIGHT] * 6, BLIGHT),
        ([BLIGHT] * 3 + [HEALTHY, MOULD, UNSURE], BLIGHT),
        ([BLIGHT] * 3 + [HEALTHY] * 3, None),
        ([BLIGHT] * 2 + [HEALTHY, MOULD, UNSURE, None], None),
        ([UNSURE] * 4 + [BLIGHT] * 2, None),
        ([], None),
    ],
    ids=["all", "half", "tie", "too few", "mostly unsure", "no leaf"],
)
def test_the_most_leaves_decide_if_they_are_half(
    answers: list[Answer | None], told: Answer | None
) -> None:
    assert vote(answers).answer == told


def test_votes_are_counted_the_most_first() -> None:
    verdict = vote([HEALTHY, BLIGHT, UNSURE, BLIGHT, None])
    assert verdict.votes == ((BLIGHT, 2), (None, 2), (HEALTHY, 1))
    assert verdict.leaves == 5


@given(ANSWERS)
def test_every_leaf_has_one_vote_and_only_classes_are_answers(
    answers: list[Answer | None],
) -> None:
    verdict = vote(answers)
    assert verdict.leaves == len(answers)
    assert verdict.answer in (BLIGHT, MOULD, HEALTHY, None)


@given(ANSWERS, st.randoms())
def test_the_order_of_the_leaves_does_not_count(
    answers: list[Answer | None], random: Random
) -> None:
    shuffled = answers.copy()
    random.shuffle(shuffled)
    assert vote(shuffled).answer == vote(answers).answer
