from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import WRONG_INPUT, UserError
from plant_train.archs.lenet5 import LENET5
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_pictures
from plant_train.data.split_record import recorded_split
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import figures
from plant_train.run import Run, source_commit, tool_versions


@pytest.fixture
def copied(lenet_run: Path, tmp_path: Path) -> Run:
    """A copy of the finished run, to be damaged."""
    shutil.copytree(lenet_run, tmp_path / "run")
    return Run(tmp_path / "run")


def test_the_record_tells_what_was_asked_and_what_was_there(
    lenet_run: Path, sample_data: Path
) -> None:
    record = Run(lenet_run).read_record()
    pictures = read_pictures(sample_data / "train")
    assert record.format_version == 2
    assert record.architecture == "lenet5"
    assert tuple(record.classes) == pictures.classes
    assert (record.recipe.epochs, record.recipe.batch, record.recipe.learning_rate) == (24, 8, 0.01)
    assert record.weights is None
    assert record.data.roots == [str((sample_data / "train").resolve())]
    assert record.data.training + record.data.validation == len(pictures)
    assert record.versions.keys() == {"python", "plant-edge", "tensorflow", "keras", "numpy"}
    assert record.versions["keras"] == keras.__version__


def test_the_split_names_every_training_picture_once(lenet_run: Path, sample_data: Path) -> None:
    split = Run(lenet_run).read_split()
    root = sample_data / "train"
    everything = sorted(str(path.relative_to(root)) for path in read_pictures(root).paths)
    assert sorted(one.path for one in split.training + split.validation) == everything


def test_the_result_is_that_of_the_best_epoch_in_the_history(lenet_run: Path) -> None:
    _, result = Run(lenet_run).finished()
    with (lenet_run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 25))
    losses = [float(row["validation_log_loss"]) for row in rows]
    assert result.best_epoch == 1 + losses.index(min(losses))
    assert result.epochs == 24
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates == sorted(rates, reverse=True)
    assert all(float(row["loss"]) > 0 and 0 <= float(row["top1"]) <= 1 for row in rows)


def test_the_saved_model_is_float32_and_gives_the_recorded_figures(
    lenet_run: Path, sample_data: Path
) -> None:
    run = Run(lenet_run)
    record, result = run.finished()
    model = run.load_model()
    assert {variable.dtype for variable in model.variables} == {"float32"}
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    classes = tuple(record.classes)
    split = recorded_split(run.read_split(), [sample_data / "train"], classes)
    cached = cache_pictures(split.validation, LENET5.geometry)
    assert cached.fingerprint == record.data.validation_fingerprint
    logits = predict_logits(model, cached, "")
    again = figures(logits, cached.labels, classes, result.temperature)
    assert again.top1 == result.validation.top1
    assert again.log_loss == pytest.approx(result.validation.log_loss, rel=1e-4)


def test_a_folder_that_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^expected a run folder at .*gone: there is none; name what "
    ):
        Run(tmp_path / "gone").finished()
    with pytest.raises(
        UserError, match=r"^expected a run folder of plant-train fit at .*: it has no run\.json$"
    ):
        Run(tmp_path).finished()


def test_an_unfinished_run_says_how_it_goes_on(copied: Run) -> None:
    record = json.loads(copied.record_path.read_text())
    copied.record_path.write_text(json.dumps({**record, "result": None}))
    with pytest.raises(UserError, match=r"is not finished: give the same plant-train fit command"):
        copied.finished()


def test_a_run_without_its_model_is_refused(copied: Run) -> None:
    copied.model_path.unlink()
    with pytest.raises(UserError, match=r"^expected a model in the run folder, .*model\.keras is"):
        copied.finished()


@pytest.mark.parametrize("damage", ["empty", "text", "cut short", "flipped"])
def test_a_damaged_model_is_refused_in_one_line(copied: Run, damage: str) -> None:
    content = bytearray(copied.model_path.read_bytes())
    middle = len(content) // 2
    flipped = bytes(byte ^ 0xFF for byte in content[middle : middle + 4000])
    damaged = {
        "empty": b"",
        "text": b"no model",
        "cut short": bytes(content[:middle]),
        "flipped": bytes(content[:middle]) + flipped + bytes(content[middle + 4000 :]),
    }[damage]
    copied.model_path.write_bytes(damaged)
    with pytest.raises(
        UserError, match=r"model\.keras is damaged: .* copy the run again, or"
    ) as no:
        copied.load_model()
    assert no.value.exit_code == WRONG_INPUT
    assert "\n" not in str(no.value)


def test_a_model_that_brings_its_own_code_is_refused(copied: Run, tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 3))
    outputs = keras.layers.Lambda(lambda x: x)(inputs)
    keras.Model(inputs, outputs).save(copied.model_path)
    with pytest.raises(UserError, match=r"^expected a Keras model at "):
        copied.load_model()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format_version": 1}, "at format_version: "),
        ({"surprise": 1}, "at surprise: Extra inputs are not permitted"),
        ({"classes": "all"}, "at classes: "),
        ({"recipe": {"epochs": 0}}, "at recipe.epochs: "),
        ({"commit": 4}, "should be a valid string, received 4; put it right, or copy the run ag"),
    ],
)
def test_a_record_of_another_format_is_refused_with_the_key(
    copied: Run, change: dict[str, object], sentence: str
) -> None:
    record = json.loads(copied.record_path.read_text())
    copied.record_path.write_text(json.dumps({**record, **change}))
    with pytest.raises(UserError, match="is not what this version writes") as refused:
        copied.read_record()
    assert sentence in str(refused.value)


@pytest.mark.parametrize("temperature", [0, -1, "Infinity", "hot"])
def test_a_temperature_that_is_none_is_refused(copied: Run, temperature: object) -> None:
    record = json.loads(copied.record_path.read_text())
    record["result"]["temperature"] = temperature
    copied.record_path.write_text(json.dumps(record).replace('"Infinity"', "Infinity"))
    with pytest.raises(UserError, match=r"run\.json .* at result\.temperature: .*, received "):
        copied.read_record()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"architecture": "alexnet"}, r"alexnet of 8 classes takes pictures \(227, 227, 3\), the "),
        (
            {"classes": [*"abcdefghi"]},
            r"lenet5 of 9 classes takes .* gives 8 and takes \(32, 32, 3",
        ),
    ],
)
def test_a_record_of_another_model_is_noticed_before_it_is_used(
    copied: Run, change: dict[str, object], sentence: str
) -> None:
    record = json.loads(copied.record_path.read_text())
    copied.record_path.write_text(json.dumps({**record, **change}))
    with pytest.raises(UserError, match=rf"run\.json is not of model\.keras: {sentence}"):
        copied.load_model()


@pytest.mark.parametrize("kept", [0, 100])
def test_a_record_or_split_cut_short_is_told_as_damaged(copied: Run, kept: int) -> None:
    for path in (copied.record_path, copied.split_path):
        path.write_bytes(path.read_bytes()[:kept])
    again = "copy the run again, or train again with plant-train fit … --overwrite$"
    with pytest.raises(UserError, match=rf"run\.json is damaged: .*{again}"):
        copied.read_record()
    with pytest.raises(UserError, match=rf"split\.json is damaged: .*{again}"):
        copied.read_split()


def test_the_audit_is_that_of_the_split(copied: Run) -> None:
    audit, record = copied.read_audit(), copied.read_record()
    assert audit is not None
    assert audit.parts == {"train": record.data.training, "validation": record.data.validation}
    assert audit.classes == len(record.classes)
    copied.audit_path.write_text("{}")
    with pytest.raises(UserError, match=r"audit\.json is not what this version writes, at data:"):
        copied.read_audit()
    copied.audit_path.unlink()
    assert copied.read_audit() is None


def test_a_missing_split_is_named(copied: Run) -> None:
    copied.split_path.unlink()
    with pytest.raises(UserError, match=r"^expected a run folder or a split\.json at .*: missing$"):
        copied.read_split()


def test_removing_a_run_removes_all_of_it_and_nothing_where_there_is_none(
    copied: Run, tmp_path: Path
) -> None:
    copied.remove()
    assert not list(copied.folder.iterdir())
    copied.remove()
    copied.folder.rmdir()
    copied.remove()
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(UserError, match=r"is no run folder: .*\(nothing deleted\)$"):
        Run(tmp_path).remove()
    with pytest.raises(UserError, match="is no run folder"):
        Run(tmp_path / "precious").remove()
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_removal_that_was_killed_leaves_what_can_be_removed(
    copied: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            copied.remove()
    copied.require_removable()
    copied.remove()
    copied.require_removable()


def test_versions_and_commit_are_those_of_this_program() -> None:
    assert tool_versions(["numpy"])["numpy"] == np.__version__
    commit = source_commit()
    assert commit is None or (len(commit) == 40 and set(commit) <= set("0123456789abcdef"))
