from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from plant_convert.compress import (
    RANKS,
    Factors,
    Lessons,
    factorised,
    lessons_of,
    read_ranks,
    smaller_head,
    teach,
    with_head,
)
from plant_device.contract.errors import UserError
from plant_train.archs.lenet5 import LENET5
from plant_train.data.scenes import OwnScenes, gather_scenes
from plant_train.features import head_of
from plant_train.run import Run
from plant_train.run_pictures import training_pictures


@pytest.fixture(scope="module")
def model(lenet_run: Path) -> keras.Model:
    return Run(lenet_run).load_model()


@pytest.fixture(scope="module")
def lessons(lenet_run: Path, model: keras.Model) -> Lessons:
    run = Run(lenet_run)
    record, _ = run.finished()
    scenes = gather_scenes(record.recipe, LENET5.geometry, OwnScenes())
    shown = scenes.training_pictures(training_pictures(run, record, []), record.recipe)
    return lessons_of(model, LENET5, shown, record.recipe)


def _error(head: keras.Model, lessons: Lessons) -> float:
    given = head(lessons.features.astype(np.float32), training=False).numpy()
    return float(np.mean((given - lessons.logits) ** 2))


def test_lessons_are_what_the_whole_head_makes_of_the_features(
    model: keras.Model, lessons: Lessons
) -> None:
    assert len(lessons.features) == len(lessons.logits) > 100
    # Half precision alone stands between them.
    assert _error(head_of(model, LENET5), lessons) < 1e-4 * float(np.var(lessons.logits))


def test_factors_are_the_best_ones_of_every_rank() -> None:
    inputs = keras.Input((30,))
    head = keras.Model(inputs, keras.layers.Dense(20, name="dense")(inputs))
    kernel = np.random.default_rng(0).normal(size=(30, 20)).astype(np.float32)
    head.set_weights([kernel, np.zeros(20)])
    factors = factorised(head, 20)["dense"]
    np.testing.assert_allclose(factors.left @ factors.right, kernel, atol=1e-4)
    u, s, v = np.linalg.svd(kernel)
    best = u[:, :5] * s[:5] @ v[:5]
    np.testing.assert_allclose(factors.left[:, :5] @ factors.right[:5], best, atol=1e-3)


@pytest.mark.parametrize(
    ("asked", "ranks"), [("", ()), ("auto", RANKS), ("1", (1,)), ("64", (64,))]
)
def test_ranks_are_read_from_the_option(asked: str, ranks: tuple[int, ...]) -> None:
    assert read_ranks(asked) == ranks


@pytest.mark.parametrize("asked", ["0", "-1", "5000", "small", "6.5", "²"])
def test_what_is_no_rank_is_refused(asked: str) -> None:
    with pytest.raises(UserError, match=r"expected --compress auto, or a rank .* Received: "):
        read_ranks(asked)


def test_a_rank_is_worthwhile_where_the_factors_are_smaller() -> None:
    factors = Factors(np.zeros((40, 10), np.float32), np.zeros((10, 40), np.float32))
    assert factors.worthwhile(19)
    assert not factors.worthwhile(20)


def test_a_head_of_full_rank_is_the_head_itself(model: keras.Model, lessons: Lessons) -> None:
    head = head_of(model, LENET5)
    same = smaller_head(head, factorised(head, 84), 10_000)
    assert same.count_params() == head.count_params()
    assert _error(same, lessons) == pytest.approx(_error(head, lessons))


def test_a_smaller_head_learns_to_answer_like_the_whole_one(
    model: keras.Model, lessons: Lessons
) -> None:
    head = head_of(model, LENET5)
    before = [weights.copy() for weights in head.get_weights()]
    small = smaller_head(head, factorised(head, 84), 6)
    assert small.count_params() < head.count_params() / 4
    untaught = _error(small, lessons)
    teach(small, lessons, seed=0, what="teaching")
    assert _error(small, lessons) < 0.6 * untaught
    assert all(np.array_equal(*pair) for pair in zip(before, head.get_weights(), strict=True))


def test_a_model_with_another_head_is_one_chain_that_gives_the_heads_logits(
    model: keras.Model, lessons: Lessons
) -> None:
    head = head_of(model, LENET5)
    small = smaller_head(head, factorised(head, 84), 6)
    whole = with_head(model, LENET5, small)
    assert not [layer for layer in whole.layers if isinstance(layer, keras.Model)]
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.float32)
    backbone = keras.Model(model.input, model.get_layer(LENET5.features).output)
    expected = small(backbone(pixels, training=False), training=False).numpy()
    np.testing.assert_allclose(whole(pixels, training=False).numpy(), expected, atol=1e-5)
