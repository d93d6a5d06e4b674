"""Training from a folder of leaves to a finished run, and on from where it was killed."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plant_device.contract.command_line import require_writable, say
from plant_device.contract.errors import UserError
from plant_train.archs.architecture import Architecture, Options
from plant_train.checkpoint import Progress
from plant_train.data.apart import require_apart, require_other_pictures
from plant_train.data.audit import Audit
from plant_train.data.audit.in_words import warnings
from plant_train.data.audit.training import audit_split, scan_training
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.held_out import hold_out
from plant_train.data.layouts import TrainingData, read_training_data
from plant_train.data.preview import write_preview
from plant_train.data.scenes import SceneFolder, gather_scenes, read_own_scenes
from plant_train.data.split import Split
from plant_train.data.split_record import SplitRecord, record_of
from plant_train.evaluate import Judged, judge_of
from plant_train.judge.calibration import fit_temperature, fit_thresholds
from plant_train.judge.inference import picture_logits, predict_logits
from plant_train.judge.metrics import figures
from plant_train.new_model import new_model
from plant_train.optimizer import optimizer_class
from plant_train.precision import Precision, chosen_precision
from plant_train.recipe import Recipe, without_stages
from plant_train.report.documents import write_documents
from plant_train.report.settings import settings_of
from plant_train.run import (
    DataRecord,
    FolderRecord,
    Result,
    Run,
    RunRecord,
    WeightsRecord,
    now,
    source_commit,
    tool_versions,
)
from plant_train.run_pictures import held_out_name
from plant_train.training import Lesson, train, write_history
from plant_train.weights.porting import Transfer, open_weights
from plant_train.weights.signs import read_signs


@dataclass(frozen=True)
class Task:
    """What a call of `fit` asks for.

    Args:
        data: data sets, each in a layout of `plant_train.data.layouts`.
        out: the run folder.
        weights: published weights to start from; None trains from scratch.
        split: a split to use again; None holds pictures out by group.
        names: what data sets call our classes, where they have other names.
        backgrounds: a folder of the user's own pictures to put leaves on.
        not_leaf: a folder of pictures that show no leaf, to tell them apart.
        overwrite: delete the run that `out` holds, once data and weights are known to be usable.
    """

    data: Sequence[Path]
    out: Path
    architecture: Architecture
    options: Options
    weights: Path | None
    recipe: Recipe
    split: SplitRecord | None = None
    names: ClassNames | None = None
    backgrounds: Path | None = None
    not_leaf: Path | None = None
    overwrite: bool = False

    @property
    def own_pictures(self) -> dict[str, Path]:
        """Folders of the user's pictures without leaves, by the option that names them."""
        folders = {"--backgrounds": self.backgrounds, "--not-leaf": self.not_leaf}
        return {option: folder for option, folder in folders.items() if folder}


def fit(task: Task) -> tuple[Run, Result]:
    """Train, or go on training, and judge the best weights.

    Stops when all the epochs are done, when the loss is no longer finite, or on Ctrl-C; the same
    task then goes on after the last whole epoch. A finished one is left as it is.

    Raises:
        UserError: the data, the weights or a folder are not usable, or another process trains
            in the run folder.
    """
    run = Run(task.out)
    require_writable(run.folder)
    # A run folder among class folders would be a class of the next training.
    for option, folder in {"--out": task.out, **task.own_pictures}.items():
        require_apart(folder, task.data, option)
    # Before anything is written: a run folder is bound to its recipe.
    optimizer_class(task.recipe.optimizer)
    with run.alone():
        return _fit(task, run)


def _fit(task: Task, run: Run) -> tuple[Run, Result]:
    if task.overwrite:
        run.require_removable()
    former = None if task.overwrite or run.is_new else _former(run)
    weights_sha256 = None
    if task.weights:
        weights_sha256 = _sha256(task.weights)
        # Read again later: what is wrong with it is told before minutes go into the data.
        open_weights(task.weights, task.architecture, task.options)
    data = read_training_data(task.data, task.names)
    for option, folder in task.own_pictures.items():
        require_other_pictures(folder, data.pictures.paths, option)
    geometry = task.architecture.geometry
    own = read_own_scenes(task.backgrounds, task.not_leaf, geometry, task.recipe.seed)
    parts, audit = _divide(task, data)
    training = cache_pictures(parts.training, geometry)
    validation = cache_pictures(parts.validation, geometry)
    started = new_model(
        task.architecture,
        task.options,
        task.weights,
        len(training.classes),
        task.recipe.seed,
        _precision(task.recipe, former),
    )
    record = RunRecord(
        architecture=task.architecture.name,
        options=started.options.model_dump(),
        classes=list(training.classes),
        recipe=task.recipe,
        weights=_weights_record(task.weights, weights_sha256, started.moved),
        data=DataRecord(
            roots=[str(root.resolve()) for root in data.roots],
            fingerprint=training.fingerprint,
            validation_fingerprint=validation.fingerprint,
            training=len(training),
            validation=len(validation),
            backgrounds=_folder_record(own.backgrounds),
            not_leaf=_folder_record(own.not_leaf),
        ),
        precision=started.precision.policy,
        versions=tool_versions(["plant-edge", "tensorflow", "keras", "numpy"]),
        commit=source_commit(),
        created=now(),
    )
    if task.overwrite:
        run.remove()
    record = _open_run(run, record, former, record_of(parts, data.roots), audit)
    if record.result:
        say(f"{run.folder} is finished already")
        return _finished(run, record.result)
    scenes = gather_scenes(task.recipe, geometry, own)
    shown = scenes.training_pictures(training, task.recipe)
    write_preview(run.preview_path, shown, task.recipe)
    say(f"what the training sees: {run.preview_path}")
    progress = train(
        Lesson(
            run=run,
            record=record,
            model=started.model,
            transferred=started.transferred,
            training=shown,
            validation=validation,
        )
    )
    # A kill after the last checkpoint leaves the history one epoch behind.
    write_history(run, progress)
    best = run.load_model()
    logits = predict_logits(best, validation, "judging the best weights")
    others = picture_logits(best, scenes.held_out, validation.geometry) if scenes.held_out else None
    result = _judge(progress, logits, validation, others)
    record = record.model_copy(update={"result": result})
    evaluation = judge_of(record, result).evaluation(
        "validation", logits, validation.labels, _unknown(task, others)
    )
    write_documents(run, record, progress.history, Judged(validation, logits, evaluation))
    run.write_record(record)
    return _finished(run, result)


def _former(run: Run) -> RunRecord:
    if not run.record_path.is_file():
        raise UserError(
            "expected a run folder of plant-train fit, or for a new run an empty or no folder: "
            f"{run.folder} has no {run.record_path.name}"
        )
    return run.read_record()


def _finished(run: Run, result: Result) -> tuple[Run, Result]:
    # Twice the model's size, and of no more use: a finished training does not go on.
    shutil.rmtree(run.checkpoint_folder, ignore_errors=True)
    return run, result


def _precision(recipe: Recipe, former: RunRecord | None) -> Precision:
    if former:
        # What is best is measured, and may come out otherwise now.
        return Precision(former.precision, "as the run began")
    return chosen_precision(recipe.precision)


def _divide(task: Task, data: TrainingData) -> tuple[Split, Audit]:
    """What trains and what is held out, and what is wrong with it; says what a check warns of."""
    scan = scan_training(data)
    parts = hold_out(
        data, scan.grouped, task.recipe.validation_fraction, task.recipe.seed, task.split
    )
    audit = audit_split(scan, parts, task.data)
    for line in warnings(audit):
        say(line)
    return parts, audit


def _folder_record(folder: SceneFolder | None) -> FolderRecord | None:
    if folder is None:
        return None
    return FolderRecord(
        root=str(folder.root.resolve()),
        fingerprint=folder.fingerprint,
        pictures=len(folder.pictures),
    )


def _open_run(
    run: Run, record: RunRecord, former: RunRecord | None, split: SplitRecord, audit: Audit
) -> RunRecord:
    """Start the run folder, or make sure that what it holds is the same training."""
    if former:
        differing = _differing(former, record)
        if differing and {"classes", "data"}.issuperset(differing):
            raise UserError(
                f"the pictures of the training in {run.folder} are not those it began with, or "
                f"not divided as then: {_pictures_of(former)} then, {_pictures_of(record)} now; to "
                "go on put them back, or train anew with another --out, or --overwrite"
            )
        if differing:
            raise UserError(
                f"{run.folder} holds a training with other settings ({', '.join(differing)}): to "
                f"go on, give its own (--recipe {run.record_path} is its recipe); for another "
                "training choose another --out, or --overwrite"
            )
        if former.result:
            return former
        record = former
    else:
        run.write_record(record)
    # After the record, and when going on too: a kill between the two leaves a run that goes on.
    run.write_split(split)
    run.write_audit(audit)
    return record


def _differing(former: RunRecord, record: RunRecord) -> list[str]:
    """What differs, settings with their values."""
    if former.weights is None:
        # A version before had a head learn on layers as they were drawn: its runs go on so.
        former, record = (
            one.model_copy(update={"recipe": without_stages(one.recipe)})
            for one in (former, record)
        )
    then, now = dict(settings_of(former)), dict(settings_of(record))
    return [
        *(
            name
            for name in ("architecture", "classes", "weights", "data")
            if getattr(former, name) != getattr(record, name)
        ),
        *(
            f"{key} {then.get(key)} then, {now[key]} now"
            for key in now
            if then.get(key) != now[key]
        ),
    ]


def _pictures_of(record: RunRecord) -> str:
    """How many there are, and where, in words."""
    data = record.data
    beside = {"--backgrounds": data.backgrounds, "--not-leaf": data.not_leaf}
    return ", ".join(
        [
            f"{data.training + data.validation} of {len(record.classes)} classes in "
            f"{' and '.join(data.roots)}",
            *(
                f"{folder.pictures} for {option} in {folder.root}"
                for option, folder in beside.items()
                if folder
            ),
        ]
    )


def _weights_record(
    path: Path | None, sha256: str | None, moved: Transfer | None
) -> WeightsRecord | None:
    if path is None or sha256 is None or moved is None:
        return None
    return WeightsRecord(
        file=path.name,
        sha256=sha256,
        transferred=list(moved.transferred),
        reset=list(moved.reset),
    )


def _judge(
    progress: Progress, logits: np.ndarray, validation: CachedPictures, others: np.ndarray | None
) -> Result:
    """Temperature, thresholds and figures from the best weights' float32 logits.

    Args:
        others: logits of pictures that show no leaf, if there are any.
    """
    assert progress.best is not None
    temperature = fit_temperature(logits, validation.labels)
    return Result(
        epochs=progress.epochs,
        best_epoch=progress.best.epoch,
        seconds=round(sum(row.seconds for row in progress.history), 1),
        temperature=temperature,
        thresholds=fit_thresholds(logits, validation.labels, temperature, others),
        validation=figures(logits, validation.labels, validation.classes, temperature),
    )


def _unknown(task: Task, others: np.ndarray | None) -> dict[str, np.ndarray]:
    """The user's own pictures without a leaf; rendered ones would flatter."""
    if task.not_leaf is None or others is None:
        return {}
    return {held_out_name(task.not_leaf): others}


def _sha256(path: Path) -> str:
    read_signs(path)  # Says what is wrong with a place that holds no weights.
    return hashlib.sha256(path.read_bytes()).hexdigest()
