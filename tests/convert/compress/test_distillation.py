from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from plant_convert.compress.distillation import distil
from plant_convert.compress.factors import factored, response_subspaces
from plant_convert.compress.lessons import lessons_shape, outputs, write_lessons
from plant_convert.compress.responses import layer_responses
from plant_device.contract.errors import UserError
from plant_train.archs.lenet5 import LENET5
from plant_train.data.pipeline import TrainingPictures
from plant_train.data.scenes import OwnScenes, gather_scenes
from plant_train.features import head_of
from plant_train.recipe import Recipe
from plant_train.run import Run
from plant_train.run_pictures import training_pictures


@pytest.fixture(scope="module")
def leaf_model(lenet_run: Path) -> keras.Model:
    return Run(lenet_run).load_model()


@pytest.fixture(scope="module")
def shown(lenet_run: Path) -> tuple[TrainingPictures, Recipe]:
    run = Run(lenet_run)
    record, _ = run.finished()
    scenes = gather_scenes(record.recipe, LENET5.geometry, OwnScenes())
    pictures = training_pictures(run, record, [])
    return scenes.training_pictures(pictures, record.recipe), record.recipe


@pytest.fixture(scope="module")
def lessons(
    shown: tuple[TrainingPictures, Recipe], tmp_path_factory: pytest.TempPathFactory
) -> np.ndarray:
    folder = tmp_path_factory.mktemp("lessons")
    found = write_lessons(*shown, folder)
    # Nothing that a kill could leave.
    assert list(folder.iterdir()) == []
    return found


def test_lessons_are_pictures_of_which_each_is_another(lessons: np.ndarray) -> None:
    assert lessons.dtype == np.uint8
    assert len(np.unique(lessons.reshape(len(lessons), -1), axis=0)) > 100


def test_their_shape_is_known_before_they_are_written(lenet_run: Path, lessons: np.ndarray) -> None:
    record = Run(lenet_run).read_record()
    shape = lessons_shape(record.data.training, record.recipe, (32, 32, 3))
    assert shape == lessons.shape


def test_a_smaller_head_learns_to_answer_like_the_whole_model(
    leaf_model: keras.Model, lessons: np.ndarray
) -> None:
    before = [weights.copy() for weights in leaf_model.get_weights()]
    responses = layer_responses(leaf_model, lessons, seed=0)
    logits = responses["output"].rows

    def error() -> float:
        return float(np.mean((outputs(small, lessons, "answers", np.float32) - logits) ** 2))

    subspaces = response_subspaces(leaf_model, responses)
    small = factored(leaf_model, subspaces, {"f6": 8, "c5": 8})
    assert small.count_params() < leaf_model.count_params() / 2
    untaught = error()
    backbone = keras.Model(small.input, small.get_layer(LENET5.features).output)
    features = outputs(backbone, lessons, "features", np.float16)
    kept = backbone.get_weights()
    distil(head_of(small, LENET5), features, logits, seed=0, what="teaching")
    assert error() < 0.8 * untaught
    assert all(np.array_equal(*pair) for pair in zip(kept, backbone.get_weights(), strict=True))
    assert all(np.array_equal(*pair) for pair in zip(before, leaf_model.get_weights(), strict=True))


def test_a_disk_without_room_for_the_pictures_is_refused(
    shown: tuple[TrainingPictures, Recipe],
) -> None:
    with pytest.raises(UserError, match=r"^expected [0-9]+ MB free in /proc for pictures to compr"):
        write_lessons(*shown, Path("/proc"))
