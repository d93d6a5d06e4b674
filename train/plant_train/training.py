"""The training loop: stages, epochs and steps, and what is kept after each epoch."""

import csv
import io
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from plant_device.contract.atomic import atomic_path, write_atomically
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_train.archs import find_architecture
from plant_train.archs.architecture import Architecture
from plant_train.checkpoint import Checkpoint, EpochRow, Progress, require_space
from plant_train.data.cache import CachedPictures
from plant_train.data.pipeline import Batch, TrainingPictures, steps_per_epoch, training_batches
from plant_train.distribute import (
    Step,
    distributed_step,
    is_one_of_several_workers,
    least_of_workers,
)
from plant_train.features import compute_features, feature_batches, head_of
from plant_train.interruption import interruptible
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import figures
from plant_train.memory import say_if_memory_is_short
from plant_train.optimizer import layer_rates, new_optimizer
from plant_train.precision import dtype_policy
from plant_train.progress import Meter
from plant_train.run import Run, RunRecord
from plant_train.schedule import rate_factor
from plant_train.stages import Stage, stages

# A guess among all classes has a loss of ln(classes); what is so many times worse does not recover.
_DIVERGED = 20


@dataclass(frozen=True)
class Lesson:
    """All that a training needs.

    Args:
        transferred: layers whose weights came from a file.
        precision: the Keras policy that `model` was built with.
    """

    run: Run
    record: RunRecord
    model: keras.Model
    transferred: tuple[str, ...]
    training: TrainingPictures
    validation: CachedPictures

    @property
    def architecture(self) -> Architecture:
        """The run's."""
        return find_architecture(self.record.architecture)


def train(lesson: Lesson) -> Progress:
    """Train from where the checkpoint is to the end, and leave the best weights in the run.

    Stops when all the epochs are done, or `early_stopping` of them brought nothing better.

    Raises:
        UserError: the training diverged, the disk is full, or memory is too small.
    """
    try:
        return _train(lesson)
    except tf.errors.ResourceExhaustedError:
        batch = lesson.record.recipe.batch
        raise UserError(
            f"out of memory at a batch of {batch}: try --batch {max(1, batch // 2)}, with "
            "--overwrite"
        ) from None


def let_learn(model: keras.Model, stage: Stage) -> None:
    """Make the layers of a stage those that learn, and no others."""
    for layer in model.layers:
        layer.trainable = layer.name in stage.learning


def _train(lesson: Lesson) -> Progress:
    recipe = lesson.record.recipe
    checkpoint = Checkpoint(lesson.run.checkpoint_folder)
    progress = checkpoint.load_progress()
    progress = progress.until(least_of_workers(progress.epochs))
    if progress.epochs:
        say(f"resuming after epoch {progress.epochs} of {recipe.all_epochs}")
    for stage in stages(recipe, lesson.architecture):
        if progress.epochs and progress.epochs < stage.first:
            break
        _prepare(lesson, stage)
        # At a stage's end the optimizer is the former stage's: its weights count all the same.
        if stage.first < progress.epochs <= stage.end:
            checkpoint.restore(lesson.model, progress)
        if stage.first <= progress.epochs < stage.end:
            progress = _train_stage(lesson, stage, progress)
    return progress


def _prepare(lesson: Lesson, stage: Stage) -> None:
    recipe, model = lesson.record.recipe, lesson.model
    let_learn(model, stage)
    rates = layer_rates(recipe, lesson.architecture, model, lesson.transferred)
    optimizer = new_optimizer(recipe, rates, lesson.record.precision)
    # Without a loss: this only ties the optimizer's state to the model, to be saved with it.
    model.compile(optimizer=optimizer)
    optimizer.build(model.trainable_variables)


def _train_stage(lesson: Lesson, stage: Stage, progress: Progress) -> Progress:
    recipe, model = lesson.record.recipe, lesson.model
    require_space(lesson.run.folder, model)
    if stage.backbone_frozen and stage.epochs > 1:
        path = lesson.run.checkpoint_folder / "features.npy"
        features = compute_features(model, lesson.architecture, lesson.training, recipe, path)
        learner = head_of(model, lesson.architecture)
        steps = max(1, len(features.labels) // recipe.batch)

        def batches(epoch: int) -> Iterator[Batch]:
            return feature_batches(features, recipe, epoch)
    else:
        learner = model
        steps = steps_per_epoch(len(lesson.training.pictures), recipe)

        def batches(epoch: int) -> Iterator[Batch]:
            return training_batches(lesson.training, recipe, epoch)

    say_if_memory_is_short(learner, recipe.batch)
    step = new_step(learner, model.optimizer, xla=recipe.xla)
    summaries = tf.summary.create_file_writer(str(lesson.run.tensorboard_folder))
    for epoch in range(progress.epochs, stage.end):
        if _is_enough(progress, recipe.early_stopping):
            say(f"stopping early: {recipe.early_stopping} epochs without a better one")
            return progress
        progress = _train_epoch(lesson, stage, progress, step, batches(epoch), steps)
        with summaries.as_default(step=epoch + 1):
            for name, value in progress.history[-1].model_dump(exclude={"epoch"}).items():
                tf.summary.scalar(name, value)
    return progress


def new_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, *, xla: bool = False
) -> Step:
    """A compiled step: from pictures and targets to the loss and the share of hits.

    Args:
        xla: compile all of it with XLA, not the optimizer's update alone.
    """
    variables = model.trainable_variables
    update = _new_update(optimizer, variables)

    def step(
        inputs: tf.Tensor, targets: tf.Tensor, batch: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(inputs, tf.float32), training=True)
            # Not TensorFlow's fused op: its gradient takes every target's sum for 1.
            losses = -tf.reduce_sum(targets * tf.nn.log_softmax(logits), axis=-1)
            loss = tf.reduce_sum(losses) / batch
            scaled = optimizer.scale_loss(loss)
        update(*tape.gradient(scaled, variables))
        hits = tf.equal(tf.argmax(logits, axis=-1), tf.argmax(targets, axis=-1))
        return loss, tf.reduce_sum(tf.cast(hits, tf.float32)) / batch

    return distributed_step(tf.function(step, jit_compile=True) if xla else step)


def _new_update(
    optimizer: keras.optimizers.Optimizer, variables: list[keras.Variable]
) -> Callable[..., None]:
    """What applies gradients, given in the variables' order."""

    def update(*gradients: tf.Tensor) -> None:
        optimizer.apply(gradients, variables)

    # XLA passes once over weights, moments and averages, where Keras's operations each pass over
    # them in turn: for AlexNet's 61 million by AdamW 0.08 s instead of 0.28 s, measured on two busy
    # cores. With several devices the gradients are summed in there, which XLA does not do.
    return update if tf.distribute.has_strategy() else tf.function(update, jit_compile=True)


def _train_epoch(
    lesson: Lesson,
    stage: Stage,
    progress: Progress,
    step: Step,
    batches: Iterator[Batch],
    steps: int,
) -> Progress:
    recipe, optimizer, epoch = lesson.record.recipe, lesson.model.optimizer, progress.epochs
    title = f"epoch {epoch + 1}/{recipe.all_epochs}"
    _seed_dropout(lesson.model, epoch)
    started = time.monotonic()
    losses: list[float] = []
    hits: list[float] = []
    rate = recipe.learning_rate
    stage_losses = [row.validation_log_loss for row in progress.history[stage.first :]]
    with Meter(steps, title) as meter, interruptible() as raise_if_interrupted:
        for number, (inputs, targets) in enumerate(batches):
            raise_if_interrupted()
            done = epoch - stage.first + number / steps
            factor = rate_factor(recipe, done, 1 / steps, stage.epochs, stage_losses)
            rate = recipe.learning_rate * factor
            optimizer.learning_rate.assign(rate)
            loss, hit = step(inputs, targets)
            losses.append(loss)
            hits.append(hit)
            if not np.isfinite(loss):
                raise _diverged(epoch, f"loss {loss}", recipe.learning_rate)
            pace = (number + 1) * len(inputs) / (time.monotonic() - started)
            meter.advance(note=f"loss {loss:.3f}  {pace:.0f} pictures/s")
    seconds = time.monotonic() - started
    with _averaged_weights(lesson.model):
        logits = predict_logits(lesson.model, lesson.validation, "validating")
        if not np.isfinite(logits).all():
            raise _diverged(epoch, "logits that are not finite", recipe.learning_rate)
        reached = figures(logits, lesson.validation.labels, lesson.validation.classes)
        if reached.log_loss > _DIVERGED * math.log(len(lesson.validation.classes)):
            told = f"validation log loss {reached.log_loss:.4g}"
            raise _diverged(epoch, told, recipe.learning_rate)
        row = EpochRow(
            epoch=epoch + 1,
            learning_rate=rate,
            loss=float(np.mean(losses)),
            top1=float(np.mean(hits)),
            validation_log_loss=reached.log_loss,
            validation_top1=reached.top1,
            validation_macro_f1=reached.macro_f1,
            seconds=round(seconds, 1),
        )
        progress = progress.after(row)
        require_space(lesson.run.folder, lesson.model)
        if progress.best == row:
            _save_float32(lesson)
    kept = 2 if is_one_of_several_workers() else 1
    Checkpoint(lesson.run.checkpoint_folder).save(lesson.model, progress, kept)
    write_history(lesson.run, progress)
    say(
        f"{title}: loss {row.loss:.3f}, validation top-1 {row.validation_top1:.1%}, "
        f"macro F1 {row.validation_macro_f1:.3f}, {seconds:.0f} s"
    )
    return progress


def _diverged(epoch: int, told: str, rate: float) -> UserError:
    return UserError(
        f"the training diverged in epoch {epoch + 1} ({told}): try a third of the "
        f"learning rate {rate:g}, or what plant-train find-rate suggests, with --overwrite"
    )


def _is_enough(progress: Progress, patience: int) -> bool:
    best = progress.best
    return bool(patience and best and progress.epochs - best.epoch >= patience)


def _seed_dropout(model: keras.Model, epoch: int) -> None:
    # [seed, number of draws]: each epoch has its own, whether or not it was resumed.
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            state = layer.seed_generator.state
            state.assign(keras.ops.stack([state[0], keras.ops.cast(epoch << 20, state.dtype)]))


@contextmanager
def _averaged_weights(model: keras.Model) -> Iterator[None]:
    """Put the moving average of the weights in their place for a while, if there is one."""
    optimizer = model.optimizer
    if not optimizer.use_ema:
        yield
        return
    # What Keras's own SwapEMAWeights callback reads.
    averages = optimizer._model_variables_moving_average
    variables = model.trainable_variables
    kept = [variable.numpy() for variable in variables]
    for variable, average in zip(variables, averages, strict=True):
        variable.assign(average)
    try:
        yield
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def _save_float32(lesson: Lesson) -> None:
    # A mixed-precision model does not convert: the run keeps its float32 twin.
    record, architecture = lesson.record, lesson.architecture
    options = architecture.options.model_validate(record.options)
    with dtype_policy("float32"):
        twin = architecture.build(len(record.classes), options)
    twin.set_weights(lesson.model.get_weights())
    with atomic_path(lesson.run.model_path) as temporary:
        twin.save(temporary)


def write_history(run: Run, progress: Progress) -> None:
    """Write `history.csv`, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(EpochRow.model_fields))
    writer.writeheader()
    writer.writerows(row.model_dump() for row in progress.history)
    write_atomically(run.history_path, text.getvalue())
