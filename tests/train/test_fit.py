from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from plant_device.contract.errors import WRONG_INPUT, UserError
from plant_device.contract.geometry import Geometry
from plant_train.archs import ARCHITECTURES
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.published import ImportedTensor, PublishedWeights
from plant_train.checkpoint import Checkpoint
from plant_train.data.class_names import ClassNames
from plant_train.fit import Task, fit
from plant_train.judge.evaluation import Evaluation
from plant_train.precision import Precision
from plant_train.recipe import Recipe
from plant_train.report.documents import document_again
from plant_train.run import Run

WriteClassFolders = Callable[[Path, dict[str, int]], None]
Command = Callable[..., Any]


def _build(classes: int, options: Options) -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 5, strides=3, activation="relu", name="c1")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(8, activation="relu", name="d2")(x)
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, dtype="float32", name="d3")(x))


TINY = Architecture(
    name="tiny",
    geometry=Geometry(32, 36),
    options=Options,
    build=_build,
    groups=(("c1",), ("d2",), ("d3",)),
    features="flatten",
    head="d2",
    weights=(
        PublishedWeights(
            "us", (ImportedTensor("w", "c1", "kernel"), ImportedTensor("b", "c1", "bias"))
        ),
    ),
    reset=("d2", "d3"),
)


@pytest.fixture(autouse=True)
def _tiny_is_an_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, write_class_folders: WriteClassFolders) -> Path:
    folder = tmp_path_factory.mktemp("fit") / "leaves"
    write_class_folders(folder, {"Apple___healthy": 10, "Apple___scab": 12})
    return folder


def _task(
    data: Path, out: Path, *, weights: Path | None = None, overwrite: bool = False, **changed: Any
) -> Task:
    own = {"epochs": 2, "batch": 4, "learning_rate": 0.01}
    # Not the best one, which is measured anew in each training.
    recipe = Recipe(**{**own, "precision": "float32", **changed})
    return Task([data], out, TINY, Options(), weights, recipe, overwrite=overwrite)


def _history(run: Path) -> list[dict[str, float]]:
    """The rows of history.csv but for the seconds."""
    with (run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: float(row[key]) for key in row if key != "seconds"} for row in rows]


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _unfinished(finished: Path, out: Path) -> Path:
    """The run as it is before its first epoch ends."""
    shutil.copytree(finished, out)
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**record, "result": None}))
    return out


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the default task. Not to be changed."""
    out = tmp_path_factory.mktemp("fit") / "finished"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ARCHITECTURES, "tiny", TINY)
        fit(_task(data, out))
    return out


def test_a_run_folder_has_all_its_files_and_no_checkpoint_any_more(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == {
        "MODEL_CARD.md",
        "audit.json",
        "augmented.jpg",
        "evaluation.json",
        "history.csv",
        "model.keras",
        "report.html",
        "run.json",
        "split.json",
        "tensorboard",
    }
    assert list((finished / "tensorboard").rglob("events.out.tfevents.*"))
    assert len(_history(finished)) == 2


def test_equal_settings_give_equal_trainings_and_another_seed_another(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    fit(_task(data, tmp_path / "again"))
    assert _history(tmp_path / "again") == _history(finished)
    fit(_task(data, tmp_path / "other", seed=1))
    assert _history(tmp_path / "other") != _history(finished)


def test_the_command_of_a_finished_run_leaves_it_as_it_is(data: Path, finished: Path) -> None:
    before = _contents(finished)
    run, result = fit(_task(data, finished))
    assert (run.folder, result) == (finished, Run(finished).finished()[1])
    assert _contents(finished) == before


def test_nothing_is_rendered_for_a_run_that_does_not_go_on(
    data: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    monkeypatch.setattr("plant_train.fit.gather_scenes", lambda *_: rendered.append(1))
    fit(_task(data, finished))
    with pytest.raises(UserError, match="other settings"):
        fit(_task(data, finished, epochs=3))
    assert not rendered


def test_a_finished_run_is_not_touched_by_another_training(data: Path, finished: Path) -> None:
    before = _contents(finished)
    with pytest.raises(
        UserError, match=r"holds a training with other settings \(epochs 2 then, 3 now\): "
    ) as no:
        fit(_task(data, finished, epochs=3))
    assert no.value.exit_code == WRONG_INPUT
    assert _contents(finished) == before


def test_overwrite_trains_again_and_leaves_nothing_of_the_former_run(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    (out / "tensorboard" / "former").write_text("former")
    fit(_task(data, out, overwrite=True, epochs=1))
    assert len(_history(out)) == 1
    assert Run(out).finished()[1].epochs == 1
    assert not (out / "tensorboard" / "former").exists()


@pytest.mark.parametrize("option", ["--out", "--backgrounds", "--not-leaf"])
def test_other_folders_than_the_data_must_lie_apart_from_them(
    data: Path, tmp_path: Path, option: str
) -> None:
    folder = data / "Apple___scab"
    task = {
        "--out": _task(data, folder / "run"),
        "--backgrounds": replace(_task(data, tmp_path / "run"), backgrounds=folder),
        "--not-leaf": replace(_task(data, tmp_path / "run"), not_leaf=folder),
    }[option]
    with pytest.raises(UserError, match=rf"^expected a folder apart from the leaves for {option}"):
        fit(task)
    assert not (folder / "run").exists()


def test_a_leaf_of_the_training_is_not_taken_for_something_else(data: Path, tmp_path: Path) -> None:
    (tmp_path / "sheds").mkdir()
    shutil.copy(data / "Apple___scab" / "003.png", tmp_path / "sheds" / "shed.png")
    with pytest.raises(UserError, match=r"for --not-leaf that are not in .*, 1 of 1 in .* are;"):
        fit(replace(_task(data, tmp_path / "run"), not_leaf=tmp_path / "sheds"))
    assert not (tmp_path / "run").exists()


def test_a_run_that_cannot_be_written_is_refused_before_data_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match=r"^expected a folder that can be written to, received "):
        fit(_task(tmp_path / "gone", tmp_path / "notes.txt" / "run"))


def test_overwrite_deletes_nothing_that_is_no_run(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=r"exists and is no run folder: .*\(nothing deleted\)$"):
        fit(_task(data, out, overwrite=True))
    assert _contents(out) == {"thesis.txt": b"mine"}


@pytest.mark.parametrize("wrong", ["data", "weights"])
def test_overwrite_deletes_nothing_before_data_and_weights_are_known_to_be_usable(
    data: Path, finished: Path, tmp_path: Path, wrong: str
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    task = (
        _task(tmp_path / "gone", out, overwrite=True)
        if wrong == "data"
        else _task(data, out, overwrite=True, weights=tmp_path / "gone.npz")
    )
    with pytest.raises(UserError, match="gone"):
        fit(task)
    assert _contents(out) == _contents(finished)


def test_a_folder_that_is_no_run_is_not_trained_into(data: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=r"^expected a run folder .* has no run\.json$"):
        fit(_task(data, tmp_path))
    assert _contents(tmp_path) == {"thesis.txt": b"mine"}


@pytest.mark.parametrize(
    ("changed", "differing"),
    [
        ({"epochs": 3}, "epochs 2 then, 3 now"),
        ({"seed": 1}, "data, seed 0 then, 1 now"),
        ({"validation_fraction": 0.4}, "data, validation_fraction 0.1 then, 0.4 now"),
    ],
)
def test_an_unfinished_run_does_not_go_on_with_another_recipe(
    data: Path, finished: Path, tmp_path: Path, changed: dict[str, Any], differing: str
) -> None:
    out = _unfinished(finished, tmp_path / "run")
    before = _contents(out)
    with pytest.raises(UserError) as refused:
        fit(_task(data, out, **changed))
    assert f"holds a training with other settings ({differing})" in str(refused.value)
    assert _contents(out) == before


def test_an_unfinished_run_does_not_go_on_with_other_data_or_weights(
    finished: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    out = _unfinished(finished, tmp_path / "run")
    np.savez(tmp_path / "w.npz", w=np.zeros((5, 5, 3, 4), "f4"), b=np.zeros(4, "f4"))
    write_class_folders(tmp_path / "other", {"Apple___healthy": 10, "Corn___rust": 12})
    with pytest.raises(UserError, match=r"\(classes, weights, data\)"):
        fit(_task(tmp_path / "other", out, weights=tmp_path / "w.npz"))


def test_a_run_that_began_with_a_head_on_layers_as_they_were_drawn_goes_on_so(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        _fail_at("save", 2, patch, Checkpoint)
        with pytest.raises(KeyboardInterrupt):
            fit(_task(data, out, head_epochs=1, unfreeze=2))
    run, result = fit(_task(data, out))
    assert result.epochs == 3
    assert run.read_record().recipe.head_epochs == 1


@pytest.mark.parametrize("classes", [2, 3])
def test_a_run_whose_pictures_have_changed_says_how_many_there_were(
    data: Path,
    finished: Path,
    tmp_path: Path,
    write_class_folders: WriteClassFolders,
    classes: int,
) -> None:
    out = _unfinished(finished, tmp_path / "run")
    before = _contents(out)
    now = {"Apple___healthy": 10, "Apple___scab": 11, "Corn___rust": 4}
    write_class_folders(tmp_path / "now", dict(list(now.items())[:classes]))
    with pytest.raises(UserError) as refused:
        fit(_task(tmp_path / "now", out))
    pictures = {2: 21, 3: 25}[classes]
    assert str(refused.value) == (
        f"the pictures of the training in {out} are not those it began with, or not divided as "
        f"then: 22 of 2 classes in {data} then, {pictures} of {classes} classes in "
        f"{tmp_path / 'now'} now; to go on put them back, or train anew with another --out, or "
        "--overwrite"
    )
    assert _contents(out) == before


def _fail_at(name: str, call: int, monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    """Let the given call of `kind.name` be where the power goes."""
    honest, calls = getattr(kind, name), [0]

    def failing(*arguments: Any, **settings: Any) -> Any:
        calls[0] += 1
        if calls[0] == call:
            raise KeyboardInterrupt
        return honest(*arguments, **settings)

    monkeypatch.setattr(kind, name, failing)


@pytest.mark.parametrize(
    ("kind", "name", "call"),
    [
        (Run, "write_record", 1),
        (Run, "write_split", 1),
        (Checkpoint, "save", 2),
        (Run, "write_record", 2),
    ],
    ids=["before the first record", "before the split", "before an epoch's end", "at the end"],
)
def test_a_training_that_was_stopped_ends_as_an_uninterrupted_one(
    data: Path, finished: Path, tmp_path: Path, kind: type, name: str, call: int
) -> None:
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        _fail_at(name, call, patch, kind)
        with pytest.raises(KeyboardInterrupt):
            fit(_task(data, out))
    fit(_task(data, out))
    assert _history(out) == _history(finished)
    ours, theirs = Run(out).finished()[1], Run(finished).finished()[1]
    assert ours.model_copy(update={"seconds": 0}) == theirs.model_copy(update={"seconds": 0})
    assert Run(out).read_split() == Run(finished).read_split()


def test_a_training_goes_on_in_the_precision_that_was_best_when_it_began(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    best = "plant_train.precision.best_precision"
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best, lambda: Precision("float32", "measured"))
        _fail_at("save", 2, patch, Checkpoint)
        with pytest.raises(KeyboardInterrupt):
            fit(_task(data, out, precision="best"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best, lambda: Precision("mixed_bfloat16", "measured again"))
        fit(_task(data, out, precision="best"))
    assert _history(out) == _history(finished)


def test_a_stop_between_the_last_checkpoint_and_the_history_loses_no_row(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        _fail_at("write_record", 2, patch, Run)
        with pytest.raises(KeyboardInterrupt):
            fit(_task(data, out))
    rows = (out / "history.csv").read_text().splitlines(keepends=True)
    (out / "history.csv").write_text("".join(rows[:-1]))
    fit(_task(data, out))
    assert _history(out) == _history(finished)


def test_a_kill_in_the_midst_of_the_first_file_leaves_a_folder_that_a_training_starts_in(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    # Of a process whose number nobody has: Linux gives none that is larger.
    (out / f".partial-{2**22 + 1}-run.json").write_text('{"format_ver')
    fit(_task(data, out))
    assert {path.name for path in out.iterdir()} == {path.name for path in finished.iterdir()}


@pytest.mark.parametrize("left", [{"checkpoint/state.json"}, set()], ids=["a file", "the folder"])
def test_a_kill_while_the_checkpoint_was_deleted_leaves_a_run_that_the_same_command_ends(
    data: Path, finished: Path, tmp_path: Path, left: set[str]
) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    (out / "checkpoint").mkdir()
    for name in left:
        (out / name).write_text("{}")
    with pytest.raises(UserError, match=r"with other settings \(epochs "):
        fit(_task(data, out, epochs=3))
    assert fit(_task(data, out))[1] == Run(finished).finished()[1]
    assert not (out / "checkpoint").exists()
    assert _contents(out) == _contents(finished)


@pytest.mark.slow
def test_a_training_goes_on_after_a_stop_at_any_file_that_it_writes(
    data: Path, finished: Path, tmp_path: Path
) -> None:
    stop = 0
    while True:
        stop += 1
        out = tmp_path / f"run{stop}"
        with pytest.MonkeyPatch.context() as patch:
            _fail_at("replace", stop, patch, type(out))
            try:
                fit(_task(data, out))
            except KeyboardInterrupt:
                pass
            else:
                break
        fit(_task(data, out))
        assert _history(out) == _history(finished), stop
    # The record, the split, and in each epoch at least the weights, the state and the history.
    assert stop > 10


@pytest.mark.parametrize(
    ("rate", "what"), [(1e30, "not finite|loss nan|loss inf"), (100, r"validation log loss \d+")]
)
def test_a_training_that_diverges_says_so_in_one_line(
    data: Path, tmp_path: Path, rate: float, what: str
) -> None:
    with pytest.raises(UserError, match=rf"^the training diverged in epoch 1 \(.*({what})") as no:
        fit(_task(data, tmp_path / "run", learning_rate=rate))
    assert no.value.exit_code == WRONG_INPUT
    assert re.search(r": try a third of the learning rate .*, with --overwrite$", str(no.value))
    with pytest.raises(UserError, match=r"\(learning_rate .* now\): .*or --overwrite$"):
        fit(_task(data, tmp_path / "run"))


def test_a_ctrl_c_that_was_dropped_ends_the_training_at_the_next_step(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def dropped() -> Iterator[Callable[[], None]]:
        def interrupted() -> None:
            raise KeyboardInterrupt

        yield interrupted

    monkeypatch.setattr("plant_train.training.interruptible", dropped)
    with pytest.raises(KeyboardInterrupt):
        fit(_task(data, tmp_path / "run"))


def test_memory_that_is_short_is_told_before_the_first_step(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("plant_train.memory.available_bytes", lambda: 1000)
    monkeypatch.setattr("plant_train.memory.tf.config.list_physical_devices", lambda *_: [])
    fit(_task(data, tmp_path / "run", epochs=1))
    told = capsys.readouterr().err
    assert "should the training be killed, try --batch 1" in told.partition("epoch 1/1")[0]


def test_a_misspelt_optimizer_is_named_before_anything_is_written(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"Received: adan$"):
        fit(_task(data, tmp_path / "run", optimizer="adan"))
    assert not (tmp_path / "run").exists()


def test_the_test_pictures_are_never_looked_at(data: Path, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "leaves" / "train")
    for name in ("Apple___scab", "No___class"):
        (tmp_path / "leaves" / "test" / name).mkdir(parents=True)
        (tmp_path / "leaves" / "test" / name / "text.jpg").write_text("no picture")
        (tmp_path / "leaves" / "test" / name / "dead.jpg").symlink_to(tmp_path / "gone")
    run, _ = fit(_task(tmp_path / "leaves", tmp_path / "run"))
    record = run.read_record()
    assert record.data.roots == [str(tmp_path / "leaves" / "train")]
    assert record.classes == ["Apple___healthy", "Apple___scab"]
    assert record.data.fingerprint == Run(finished).read_record().data.fingerprint
    assert _history(tmp_path / "run") == _history(finished)


def test_a_bad_picture_stops_the_training_before_anything_is_written(
    data: Path, tmp_path: Path
) -> None:
    shutil.copytree(data, tmp_path / "leaves")
    (tmp_path / "leaves" / "Apple___scab" / "003.png").write_text("no picture")
    with pytest.raises(
        UserError, match=r"Apple___scab/003\.png, which is none of these; plant-train audit lists"
    ):
        fit(_task(tmp_path / "leaves", tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_single_class_is_refused(tmp_path: Path, write_class_folders: WriteClassFolders) -> None:
    write_class_folders(tmp_path / "leaves", {"only": 5})
    with pytest.raises(UserError, match=r"at least two classes .* received one: only$"):
        fit(_task(tmp_path / "leaves", tmp_path / "run"))


def test_a_run_remembers_the_weights_that_it_started_from(data: Path, tmp_path: Path) -> None:
    weights = tmp_path / "published.npz"
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(5, 5, 3, 4)).astype("f4"), np.ones(4, "f4")
    np.savez(weights, w=kernel, b=bias)
    # So slow that the weights are still those of the file, to the eye.
    task = _task(data, tmp_path / "run", weights=weights, epochs=1, learning_rate=1e-9)
    run, _ = fit(task)
    record = run.read_record().weights
    assert record is not None
    assert record.file == "published.npz"
    assert record.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert record.transferred == ["c1"]
    assert record.reset == ["d2", "d3"]
    trained = run.load_model().get_layer("c1").get_weights()
    np.testing.assert_allclose(trained[0], kernel, atol=1e-6)
    np.testing.assert_allclose(trained[1], bias, atol=1e-6)


def test_fewer_pictures_than_a_batch_train_too(data: Path, tmp_path: Path) -> None:
    _, result = fit(_task(data, tmp_path / "run", batch=64, epochs=1))
    assert result.epochs == 1


def test_a_table_and_a_folder_train_as_one_and_their_split_is_used_again(
    data: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    write_class_folders(tmp_path / "more", {"x": 6})
    rows = [f"x/{index:03d}.png,Apple scab,plant {index // 3}" for index in range(6)]
    (tmp_path / "more" / "leaves.csv").write_text("\n".join(["path,label,group", *rows]))
    task = replace(
        _task(data, tmp_path / "run", epochs=1),
        data=[data, tmp_path / "more" / "leaves.csv"],
        names=ClassNames(tmp_path / "names.csv", {"Apple scab": "Apple___scab"}),
    )
    record = fit(task)[0].read_record()
    assert record.classes == ["Apple___healthy", "Apple___scab"]
    assert record.data.roots == [str(data), str(tmp_path / "more")]
    assert record.data.training + record.data.validation == 10 + 12 + 6
    first = Run(tmp_path / "run").read_split()
    sides = [{one.group for one in side} for side in (first.training, first.validation)]
    assert not sides[0] & sides[1]
    assert {"plant 0", "plant 1"} <= sides[0] | sides[1]
    assert {one.root for one in first.training} == {0, 1}

    again = replace(task, out=tmp_path / "again", split=first, recipe=Recipe(epochs=1, seed=3))
    assert fit(again)[0].read_split() == first


def test_a_validation_folder_is_the_validation_set(
    data: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    shutil.copytree(data, tmp_path / "leaves" / "train")
    write_class_folders(tmp_path / "leaves" / "val", {"Apple___scab": 3})
    run, result = fit(_task(tmp_path / "leaves", tmp_path / "run", epochs=1))
    record = run.read_record()
    assert (record.data.training, record.data.validation) == (22, 3)
    assert [Path(root).name for root in record.data.roots] == ["train", "val"]
    assert result.validation.per_class.keys() == {"Apple___scab"}


def test_how_well_what_is_no_leaf_is_told_apart_is_judged_on_what_no_batch_showed(
    data: Path, tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    # The last folder: its noise is that of no class.
    write_class_folders(tmp_path / "others", {"a": 1, "b": 1, "c": 1, "sheds": 30})
    (tmp_path / "others" / "sheds").rename(tmp_path / "sheds")
    task = _task(data, tmp_path / "run", epochs=1, outliers=0.25)
    run, result = fit(replace(task, not_leaf=tmp_path / "sheds"))
    path = run.folder / "evaluation.json"
    told = path.read_text()
    evaluation = Evaluation.model_validate_json(told)
    (judged,) = evaluation.unknown.values()
    assert list(evaluation.unknown) == ["sheds (held out)"]
    assert judged.n == sum(judged.decisions.values()) == 3
    assert evaluation.thresholds == result.thresholds
    page = run.report_path.read_text()
    assert "sheds (held out)" in page
    assert "the threshold was set on these same pictures" in page
    assert "| sheds (held out) | 3 |" in run.model_card_path.read_text()

    # Again, from where the pictures lie now; and never from others.
    document_again(run.folder)
    assert path.read_text() == told
    (tmp_path / "sheds").rename(tmp_path / "barns")
    with pytest.raises(UserError, match=r"sheds, which is gone: .* with --not-leaf$"):
        document_again(run.folder)
    document_again(run.folder, not_leaf=tmp_path / "barns")
    assert path.read_text() == told.replace("sheds", "barns")
    (tmp_path / "barns" / "000.png").unlink()
    with pytest.raises(UserError, match=r"barns are not those without a leaf of the run"):
        document_again(run.folder, not_leaf=tmp_path / "barns")
