from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_device.contract.figures import Figures
from plant_train.data.class_names import ClassNames
from plant_train.evaluate import evaluate
from plant_train.judge.evaluation import Evaluation
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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
    judged = evaluate(lenet_run, sample_data)
    assert judged == evaluate(lenet_run, sample_data / "test")
    assert judged.data == f"{sample_data.name}-test"
    assert judged != evaluate(lenet_run, sample_data / "train")


def test_pictures_that_the_run_was_made_of_are_counted_wherever_they_lie(
    lenet_run: Path, sample_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(lenet_run, sample_data / "test").learned_from == 0
    assert "flatters" not in capsys.readouterr().err
    label = "Corn___healthy"
    for part, count in (("train", 3), ("test", 2)):
        for picture in sorted((sample_data / part / label).iterdir())[:count]:
            copy = tmp_path / "mixed" / label / f"{part}-{picture.name}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, copy)
    mixed = evaluate(lenet_run, tmp_path / "mixed")
    assert (mixed.learned_from, mixed.n) == (3, 5)
    assert "3 of these 5 pictures had a part in making the run" in capsys.readouterr().err


def test_a_folder_gives_its_whole_name_and_a_table_the_one_without_its_ending(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    label = "Corn___healthy"
    shutil.copytree(sample_data / "test" / label, tmp_path / "leaves.v2" / label)
    assert evaluate(lenet_run, tmp_path / "leaves.v2").data == "leaves.v2"
    picture = next((tmp_path / "leaves.v2" / label).iterdir())
    table = tmp_path / "leaves.v3.csv"
    table.write_text(f"path,label\n{picture},{label}\n")
    assert evaluate(lenet_run, table).data == "leaves.v3"


def test_a_selection_of_the_classes_keeps_the_runs_labels(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    for name in ("Tomato___healthy", "Corn___healthy"):
        shutil.copytree(sample_data / "test" / name, tmp_path / name)
    reached = evaluate(lenet_run, tmp_path)
    assert reached.n == 8
    assert reached.per_class.keys() == {"Corn___healthy", "Tomato___healthy"}
    assert reached.macro_f1 == pytest.approx(
        np.mean([one.f1 for one in reached.per_class.values()])
    )
    # Answers with other names count against it, and are told.
    assert len(reached.classes) == 8
    assert sum(reached.predictions.values()) == 8
    whole = evaluate(lenet_run, sample_data)
    for label, one in reached.per_class.items():
        assert one.recall == whole.per_class[label].recall


def test_other_class_names_are_those_of_the_run_where_a_table_says_so(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_data / "test" / "Corn___healthy", tmp_path / "data" / "sound maize")
    names = ClassNames(tmp_path / "names.csv", {"sound maize": "Corn___healthy"})
    reached = evaluate(lenet_run, tmp_path / "data", names=names)
    whole = evaluate(lenet_run, sample_data)
    assert reached.n == 4
    assert reached.top1 == whole.per_class["Corn___healthy"].recall


def test_a_class_that_the_run_does_not_know_is_refused(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_data / "test" / "Corn___healthy", tmp_path / "Potato___healthy")
    with pytest.raises(
        UserError, match=r"know: Potato___healthy \(did .*healthy\?\); expected"
    ) as no:
        evaluate(lenet_run, tmp_path)
    assert "--class-names FILE" in str(no.value)
    assert "--unknown FOLDER" in str(no.value)


def test_the_runs_temperature_is_used(lenet_run: Path, sample_data: Path, tmp_path: Path) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    run = Run(tmp_path / "run")
    record, result = run.finished()
    hot = result.model_copy(update={"temperature": 1000.0})
    run.write_record(record.model_copy(update={"result": hot}))
    # So hot that all classes are equally likely: the logarithm of 8.
    assert evaluate(run.folder, sample_data).log_loss == pytest.approx(2.0794, abs=0.02)
    assert evaluate(run.folder, sample_data).top1 == evaluate(lenet_run, sample_data).top1


def test_a_run_knows_its_training_leaves_better_than_noise(
    lenet_run: Path,
    sample_data: Path,
    tmp_path: Path,
    write_class_folders: Callable[[Path, dict[str, int]], None],
) -> None:
    # A flat folder and one with folders below it: both are just pictures.
    write_class_folders(tmp_path / "noise", {"any": 5, "other": 4})
    write_class_folders(tmp_path / "flat", {"x": 3})
    for picture in (tmp_path / "flat" / "x").iterdir():
        picture.rename(tmp_path / "flat" / picture.name)
    judged = evaluate(lenet_run, sample_data, [tmp_path / "noise", tmp_path / "flat"])
    assert {name: one.n for name, one in judged.unknown.items()} == {"noise": 9, "flat": 3}
    for one in judged.unknown.values():
        assert sum(one.decisions.values()) == one.n
        assert 0 <= one.false_accepts <= 1


def test_unknown_folders_must_be_there_hold_pictures_and_have_names_of_their_own(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"expected a folder of pictures at .*none$"):
        evaluate(lenet_run, sample_data, [tmp_path / "none"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"expected pictures in .*empty: it has none"):
        evaluate(lenet_run, sample_data, [tmp_path / "empty"])
    with pytest.raises(UserError, match="different names for --unknown"):
        evaluate(lenet_run, sample_data, [sample_data / "test", sample_data / "test"])


def test_more_crops_are_another_judgement_of_the_same_pictures(
    lenet_run: Path, sample_data: Path
) -> None:
    one, ten = (evaluate(lenet_run, sample_data, crops=crops) for crops in (1, 10))
    assert (one.crops, ten.crops) == (1, 10)
    assert one.n == ten.n
    assert one.log_loss != ten.log_loss


def test_the_command_prints_json_alone_and_writes_the_same_to_a_file(
    warm_train: Command, lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "figures.json"
    unknown = sample_data / "test" / "Corn___healthy"
    process = warm_train(
        "evaluate", lenet_run, sample_data, "--json", "--out", out, "--crops", 2,
        "--unknown", unknown,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    printed = json.loads(process.stdout)
    assert printed == json.loads(out.read_text())
    judged = evaluate(lenet_run, sample_data, [unknown], crops=2)
    assert Evaluation.model_validate(printed).top1 == judged.top1
    assert Figures.model_fields.keys() < printed.keys()
    again = warm_train("evaluate", lenet_run, sample_data, "--out", out)
    assert again.returncode == 2
    assert "say --overwrite" in again.stderr


def test_the_command_tells_a_person_the_figures_and_the_classes(
    warm_train: Command, lenet_run: Path, sample_data: Path
) -> None:
    process = warm_train("evaluate", lenet_run, sample_data)
    assert process.returncode == 0, process.stderr
    judged = evaluate(lenet_run, sample_data)
    assert f"{100 * judged.top1:.1f} %" in process.stdout
    assert f"{judged.macro_f1:.4f}  over 8 of 8 classes with pictures" in process.stdout
    assert "Tomato: healthy" in process.stdout
    assert "Laboratory accuracy is not field accuracy" in process.stdout
