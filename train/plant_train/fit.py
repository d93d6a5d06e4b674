"""Training from a folder of leaves to a finished run, and on from where it was killed."""

import csv
import hashlib
import io
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from plant_device.contract.atomic import atomic_path, write_atomically
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.archs.architecture import Architecture, Options
from plant_train.checkpoint import Checkpoint, EpochRow, Progress, require_space
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.held_out import hold_out
from plant_train.data.layouts import read_training_data
from plant_train.data.pipeline import steps_per_epoch, training_batches
from plant_train.data.split_record import SplitRecord, record_of
from plant_train.judge.calibration import fit_temperature, fit_thresholds
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import figures
from plant_train.optimizer import new_optimizer
from plant_train.precision import best_precision, dtype_policy
from plant_train.progress import Meter
from plant_train.recipe import Recipe
from plant_train.report.report import write_report
from plant_train.run import (
    DataRecord,
    Result,
    Run,
    RunRecord,
    WeightsRecord,
    now,
    source_commit,
    tool_versions,
)
from plant_train.weights.npz import read_npz
from plant_train.weights.porting import Transfer, transfer


@dataclass(frozen=True)
class Task:
    """What a call of `fit` asks for.

    Args:
        data: data sets, each in a layout of `plant_train.data.layouts`.
        out: the run folder.
        weights: published weights to start from; None trains from scratch.
        split: a split to use again; None holds pictures out by group.
        names: what data sets call our classes, where they have other names.
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
    overwrite: bool = False


def fit(task: Task) -> tuple[Run, Result]:
    """Train, or go on training, and judge the best weights.

    Stops when all the epochs are done, when the loss is no longer finite, or on Ctrl-C; the same
    task then goes on after the last whole epoch.

    Raises:
        UserError: the data, the weights or the run folder are not usable.
    """
    run = Run(task.out)
    if task.overwrite:
        run.require_removable()
    former = None if task.overwrite else _unfinished(run)
    data = read_training_data(task.data, task.names)
    parts = hold_out(data, task.recipe.validation_fraction, task.recipe.seed, task.split)
    weights_sha256 = _sha256(task.weights) if task.weights else None
    training = cache_pictures(parts.training, task.architecture.geometry)
    validation = cache_pictures(parts.validation, task.architecture.geometry)
    precision = best_precision()
    say(f"precision: {precision.policy} ({precision.reason})")

    # Layers draw their first weights and their dropout from this.
    keras.utils.set_random_seed(task.recipe.seed)
    with dtype_policy(precision.policy):
        model = task.architecture.build(len(training.classes), task.options)
    moved = _transfer(task, model)
    record = RunRecord(
        architecture=task.architecture.name,
        options=task.options.model_dump(),
        classes=list(training.classes),
        recipe=task.recipe,
        weights=_weights_record(task.weights, weights_sha256, moved),
        data=DataRecord(
            roots=[str(root.resolve()) for root in data.roots],
            fingerprint=training.fingerprint,
            validation_fingerprint=validation.fingerprint,
            training=len(training),
            validation=len(validation),
        ),
        precision=precision.policy,
        versions=tool_versions(["plant-edge", "tensorflow", "keras", "numpy"]),
        commit=source_commit(),
        created=now(),
    )
    if task.overwrite:
        run.remove()
    record = _open_run(run, record, former, record_of(parts, data.roots))
    _train(run, record, model, moved.transferred if moved else (), training, validation)
    progress = Checkpoint(run.checkpoint_folder).load_progress()
    # A kill after the last checkpoint leaves the history one epoch behind.
    write_atomically(run.history_path, _as_csv(progress.history))
    logits = predict_logits(run.load_model(), validation, "judging the best weights")
    result = _judge(progress, logits, validation)
    record = record.model_copy(update={"result": result})
    write_report(run, record, progress.history, logits, validation.labels)
    run.write_record(record)
    # Twice the model's size, and of no more use: a finished training does not go on.
    shutil.rmtree(run.checkpoint_folder)
    return run, result


def _unfinished(run: Run) -> RunRecord | None:
    """The record of a training that was stopped in this folder, if there is one."""
    if not run.folder.exists() or not any(run.folder.iterdir()):
        return None
    former = run.read_record()
    if former.result:
        raise UserError(
            f"{run.folder} exists and is finished: choose another --out, or --overwrite"
        )
    return former


def _open_run(
    run: Run, record: RunRecord, former: RunRecord | None, split: SplitRecord
) -> RunRecord:
    """Start the run folder, or make sure that it is the same training that goes on."""
    if former:
        differing = [
            name
            for name in ("architecture", "options", "classes", "recipe", "weights", "data")
            if getattr(former, name) != getattr(record, name)
        ]
        if differing:
            raise UserError(
                f"{run.folder} holds an unfinished training with other settings "
                f"({', '.join(differing)} differ): give its own command, or --overwrite"
            )
        record = former
    else:
        run.write_record(record)
    # After the record, and when going on too: a kill between the two leaves a run that goes on.
    run.write_split(split)
    return record


def _transfer(task: Task, model: keras.Model) -> Transfer | None:
    if task.weights is None:
        say("weights: none, every layer starts anew")
        return None
    moved = transfer(model, task.architecture, read_npz(task.weights))
    say(f"weights: {', '.join(moved.transferred)} from {task.weights.name}")
    say(f"weights: {', '.join(moved.reset)} start anew")
    return moved


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


def _train(
    run: Run,
    record: RunRecord,
    model: keras.Model,
    transferred: tuple[str, ...],
    training: CachedPictures,
    validation: CachedPictures,
) -> None:
    recipe = record.recipe
    steps = steps_per_epoch(len(training), recipe.batch)
    model.compile(
        optimizer=new_optimizer(recipe, model, transferred, steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="top1")],
        jit_compile=False,
    )
    checkpoint = Checkpoint(run.checkpoint_folder)
    progress = checkpoint.load_progress()
    if progress.epochs:
        checkpoint.restore(model, progress)
        say(f"resuming after epoch {progress.epochs} of {recipe.epochs}")
    if progress.epochs >= recipe.epochs:
        return
    epochs = range(progress.epochs, recipe.epochs)
    require_space(run.folder, model)
    model.fit(
        training_batches(training, recipe.batch, recipe.seed, epochs, recipe.balance),
        initial_epoch=epochs.start,
        epochs=epochs.stop,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[
            _AfterEpoch(run, record, progress, validation, steps),
            keras.callbacks.TensorBoard(run.tensorboard_folder, write_graph=False),
        ],
    )


class _AfterEpoch(keras.callbacks.Callback):
    """Validates, keeps the best weights, and commits the checkpoint; shows progress."""

    def __init__(
        self,
        run: Run,
        record: RunRecord,
        progress: Progress,
        validation: CachedPictures,
        steps: int,
    ) -> None:
        super().__init__()
        self._run, self._record, self._progress = run, record, progress
        self._validation, self._steps = validation, steps
        self._meter: Meter | None = None
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._started = time.monotonic()
        self._meter = Meter(self._steps, f"epoch {epoch + 1}/{self._record.recipe.epochs}")
        self._meter.__enter__()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        assert self._meter is not None
        rate = (batch + 1) * self._record.recipe.batch / (time.monotonic() - self._started)
        loss = (logs or {})["loss"]
        self._meter.advance(note=f"loss {loss:.3f}  {rate:.0f} pictures/s")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        assert self._meter is not None
        self._meter.__exit__(None)
        seconds = time.monotonic() - self._started
        logits = predict_logits(self.model, self._validation, "validating")
        loss = (logs or {})["loss"]
        if not np.isfinite(loss) or not np.isfinite(logits).all():
            raise UserError(
                f"the training diverged in epoch {epoch + 1} (loss {loss}): try a third of the "
                f"learning rate {self._record.recipe.learning_rate:g}, with --overwrite"
            )
        reached = figures(logits, self._validation.labels, self._validation.classes)
        row = EpochRow(
            epoch=epoch + 1,
            learning_rate=float(self.model.optimizer.learning_rate),
            loss=loss,
            top1=(logs or {})["top1"],
            validation_log_loss=reached.log_loss,
            validation_top1=reached.top1,
            validation_macro_f1=reached.macro_f1,
            seconds=round(seconds, 1),
        )
        self._progress = self._progress.after(row)
        require_space(self._run.folder, self.model)
        if self._progress.best == row:
            _save_float32(self._run, self._record, self.model)
        Checkpoint(self._run.checkpoint_folder).save(self.model, self._progress)
        write_atomically(self._run.history_path, _as_csv(self._progress.history))
        say(
            f"epoch {row.epoch}/{self._record.recipe.epochs}: loss {row.loss:.3f}, "
            f"validation top-1 {row.validation_top1:.1%}, "
            f"macro F1 {row.validation_macro_f1:.3f}, {seconds:.0f} s"
        )


def _save_float32(run: Run, record: RunRecord, model: keras.Model) -> None:
    # A mixed-precision model does not convert: the run keeps its float32 twin.
    architecture = find_architecture(record.architecture)
    options = architecture.options.model_validate(record.options)
    with dtype_policy("float32"):
        twin = architecture.build(len(record.classes), options)
    twin.set_weights(model.get_weights())
    with atomic_path(run.model_path) as temporary:
        twin.save(temporary)


def _judge(progress: Progress, logits: np.ndarray, validation: CachedPictures) -> Result:
    """Temperature, thresholds and figures from the best weights' float32 logits."""
    assert progress.best is not None
    temperature = fit_temperature(logits, validation.labels)
    return Result(
        epochs=progress.epochs,
        best_epoch=progress.best.epoch,
        seconds=round(sum(row.seconds for row in progress.history), 1),
        temperature=temperature,
        thresholds=fit_thresholds(logits, validation.labels, temperature),
        validation=figures(logits, validation.labels, validation.classes, temperature),
    )


def _as_csv(history: list[EpochRow]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(EpochRow.model_fields))
    writer.writeheader()
    writer.writerows(row.model_dump() for row in history)
    return text.getvalue()


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise UserError(f"expected a weights file at {path}, received: no such file") from None
