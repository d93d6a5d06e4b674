from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.data.class_names import ClassNames
from plant_train.evaluate import evaluate
from plant_train.run import Run


def test_a_trained_run_is_clearly_better_than_chance(lenet_run: Path, sample_data: Path) -> None:
    # One in eight by chance. Of 240 pictures 0.30 are eight standard deviations above it.
    known = evaluate(lenet_run, sample_data / "train")
    assert known.n == 240
    assert known.top1 > 0.30
    # Pictures that it never saw, too few to ask for more.
    unknown = evaluate(lenet_run, sample_data)
    assert unknown.n == 32
    assert unknown.top1 >= 0.2
    assert {one.support for one in unknown.per_class.values()} == {4}


def test_the_test_folder_beside_a_train_folder_is_judged_and_any_other_folder_as_it_is(
    lenet_run: Path, sample_data: Path
) -> None:
    assert evaluate(lenet_run, sample_data) == evaluate(lenet_run, sample_data / "test")
    assert evaluate(lenet_run, sample_data) != evaluate(lenet_run, sample_data / "train")


def test_a_selection_of_the_classes_keeps_the_runs_labels(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    for name in ("Tomato___healthy", "Corn___healthy"):
        shutil.copytree(sample_data / "test" / name, tmp_path / name)
    reached = evaluate(lenet_run, tmp_path)
    assert reached.n == 8
    assert reached.per_class.keys() == {"Corn___healthy", "Tomato___healthy"}
    whole = evaluate(lenet_run, sample_data)
    for label, one in reached.per_class.items():
        assert one.recall == whole.per_class[label].recall


def test_other_class_names_are_those_of_the_run_where_a_table_says_so(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_data / "test" / "Corn___healthy", tmp_path / "data" / "sound maize")
    names = ClassNames(tmp_path / "names.csv", {"sound maize": "Corn___healthy"})
    reached = evaluate(lenet_run, tmp_path / "data", names)
    whole = evaluate(lenet_run, sample_data)
    assert reached.n == 4
    assert reached.top1 == whole.per_class["Corn___healthy"].recall


def test_a_class_that_the_run_does_not_know_is_refused(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_data / "test" / "Corn___healthy", tmp_path / "Potato___healthy")
    with pytest.raises(UserError, match=r"does not know: Potato___healthy; expected a selection"):
        evaluate(lenet_run, tmp_path)


def test_the_runs_temperature_is_used(lenet_run: Path, sample_data: Path, tmp_path: Path) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    run = Run(tmp_path / "run")
    record, result = run.finished()
    hot = result.model_copy(update={"temperature": 1000.0})
    run.write_record(record.model_copy(update={"result": hot}))
    # So hot that all classes are equally likely: the logarithm of 8.
    assert evaluate(run.folder, sample_data).log_loss == pytest.approx(2.0794, abs=0.02)
    assert evaluate(run.folder, sample_data).top1 == evaluate(lenet_run, sample_data).top1
