from __future__ import annotations

import resource
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_device.contract.errors import WRONG_INPUT, UserError
from plant_train.checkpoint import Checkpoint, EpochRow, Progress, require_space
from plant_train.optimizer import new_optimizer
from plant_train.recipe import Recipe


def _row(epoch: int, validation_log_loss: float = 1.0) -> EpochRow:
    return EpochRow(
        epoch=epoch,
        learning_rate=0.1,
        loss=1,
        top1=0.5,
        validation_log_loss=validation_log_loss,
        validation_top1=0.5,
        validation_macro_f1=0.5,
        seconds=1,
    )


def _progress(epochs: int) -> Progress:
    return Progress(history=[_row(epoch + 1) for epoch in range(epochs)])


def _model() -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name="first")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="last")(x))
    recipe = Recipe(learning_rate=0.1, ema=0.9)
    model.compile(new_optimizer(recipe, [0.5, 0.5, 1.0, 1.0]), "mse", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def _train(model: keras.Model, steps: int) -> None:
    rng = np.random.default_rng(steps)
    for _ in range(steps):
        model.train_on_batch(rng.normal(size=(8, 3)), rng.normal(size=(8, 2)))


def _state(model: keras.Model) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables]
    return [variable.numpy() for variable in variables]


def test_weights_momentum_averages_and_steps_come_back_bit_for_bit(tmp_path: Path) -> None:
    trained = _model()
    _train(trained, 3)
    Checkpoint(tmp_path).save(trained, _progress(1))
    checkpoint, restored = Checkpoint(tmp_path), _model()
    progress = checkpoint.load_progress()
    checkpoint.restore(restored, progress)
    assert progress == _progress(1)
    assert int(restored.optimizer.iterations) == 3
    assert any(np.abs(variable).sum() > 0 for variable in _state(restored)[-4:])
    for ours, theirs in zip(_state(restored), _state(trained), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    _train(trained, 2)
    _train(restored, 2)
    for ours, theirs in zip(_state(restored), _state(trained), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_checkpoint_a_training_starts_at_the_beginning(tmp_path: Path) -> None:
    progress = Checkpoint(tmp_path / "none").load_progress()
    assert progress.epochs == 0
    assert progress.best is None


def test_a_checkpoint_replaces_the_former_one(tmp_path: Path) -> None:
    model = _model()
    _train(model, 1)
    for epochs in (1, 2):
        Checkpoint(tmp_path).save(model, _progress(epochs))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-0002.npz",
        "state.json",
    ]


def test_workers_keep_the_epoch_before_too(tmp_path: Path) -> None:
    model = _model()
    _train(model, 1)
    for epochs in (1, 2, 3):
        Checkpoint(tmp_path).save(model, _progress(epochs), kept=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-0002.npz",
        "epoch-0003.npz",
        "state.json",
    ]
    assert Checkpoint(tmp_path).load_progress().until(2) == _progress(2)


def test_a_kill_between_weights_and_state_leaves_the_former_checkpoint(tmp_path: Path) -> None:
    first = _model()
    _train(first, 2)
    Checkpoint(tmp_path).save(first, _progress(1))
    former = (tmp_path / "state.json").read_bytes()
    kept = (tmp_path / "epoch-0001.npz").read_bytes()
    later = _model()
    _train(later, 4)
    Checkpoint(tmp_path).save(later, _progress(2))
    # What lies there before the new state is renamed into place.
    (tmp_path / "state.json").write_bytes(former)
    (tmp_path / "epoch-0001.npz").write_bytes(kept)
    checkpoint, restored = Checkpoint(tmp_path), _model()
    checkpoint.restore(restored, checkpoint.load_progress())
    for ours, theirs in zip(_state(restored), _state(first), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_checkpoint_that_was_copied_in_part_is_told_as_damaged(tmp_path: Path) -> None:
    checkpoint, model = Checkpoint(tmp_path), _model()
    checkpoint.save(model, _progress(1))
    weights = next(tmp_path.glob("*.npz"))
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"epoch-0001\.npz is damaged: "):
        checkpoint.restore(model, _progress(1))
    (tmp_path / "state.json").write_text('{"history": [')
    with pytest.raises(UserError, match=r"state\.json is damaged: .*--overwrite$"):
        checkpoint.load_progress()


def test_the_best_epoch_has_the_lowest_validation_loss_and_is_the_first_of_equals() -> None:
    progress = Progress()
    for epoch, loss in enumerate([2.0, 0.5, 0.7, 0.5], start=1):
        progress = progress.after(_row(epoch, loss))
    assert progress.epochs == 4
    assert progress.best is not None
    assert progress.best.epoch == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_a_disk_without_room_is_named_before_a_training_meets_its_end(tmp_path: Path) -> None:
    require_space(tmp_path, _model())
    # A file system that really has no room.
    with pytest.raises(
        UserError, match=r"^expected 2 MB free in /proc for weights and .*, found 0 MB: make room"
    ) as refused:
        require_space(Path("/proc"), _model())
    assert refused.value.exit_code == WRONG_INPUT


def test_a_disk_that_fills_while_a_checkpoint_is_written_is_an_error_and_the_former_one_stays(
    tmp_path: Path,
) -> None:
    model = _model()
    Checkpoint(tmp_path).save(model, _progress(1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Files end there, as on a disk that another program fills: Python has SIGXFSZ ignored.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"epoch-0002\.npz"):
            Checkpoint(tmp_path).save(model, _progress(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    checkpoint = Checkpoint(tmp_path)
    assert checkpoint.load_progress() == _progress(1)
    checkpoint.restore(model, _progress(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0001.npz", "state.json"]
