from __future__ import annotations

import numpy as np

from plant_train.judge.attractors import attractors


def test_a_right_matrix_has_none() -> None:
    assert attractors(np.diag([10, 1, 0, 30])) == []


def test_classes_that_take_twice_their_share_the_most_excessive_first() -> None:
    # Class 1 has 10 pictures and 25 answers; class 3 has none and 20; class 2 has 30 and 40.
    matrix = np.array([[15, 15, 10, 20], [0, 10, 0, 0], [0, 0, 30, 0], [0, 0, 0, 0]])
    assert attractors(matrix) == [3, 1]


def test_a_few_stray_answers_make_no_attractor() -> None:
    # Three answers too many for a class of one, but of a hundred pictures.
    matrix = np.array([[96, 3], [0, 1]])
    assert attractors(matrix) == []
    assert attractors(np.array([[46, 3], [0, 1]])) == [1]
