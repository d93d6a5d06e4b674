"""What a killed training goes on from: weights and optimizer after each epoch.

`state.json` names the weights file that belongs to it and is renamed into place last, so
a kill at any moment leaves the former pair or the new one, never a mixture.
"""

import math
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
from pydantic import BaseModel, ConfigDict

from plant_device.contract.atomic import atomic_path, write_atomically
from plant_device.contract.errors import UserError
from plant_train.run_file import damaged, read_json_record

_FORMAT_OVERHEAD = 1 << 20


class EpochRow(BaseModel):
    """One epoch in `history.csv`; `learning_rate` is the one at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epoch: int
    learning_rate: float
    loss: float
    top1: float
    validation_log_loss: float
    validation_top1: float
    validation_macro_f1: float
    seconds: float


class Progress(BaseModel):
    """How far a training has come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    history: list[EpochRow] = []

    @property
    def epochs(self) -> int:
        """Epochs that are done."""
        return len(self.history)

    @property
    def best(self) -> EpochRow | None:
        """The epoch whose validation log loss is the lowest."""
        return min(self.history, key=lambda row: row.validation_log_loss, default=None)

    def until(self, epochs: int) -> "Progress":
        """The progress as it was after so many epochs."""
        return Progress(history=self.history[:epochs])

    def after(self, row: EpochRow) -> "Progress":
        """The progress with one epoch more."""
        return Progress(history=[*self.history, row])


class Checkpoint:
    """The checkpoint of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state.json"

    def load_progress(self) -> Progress:
        """How far the training had come; nowhere, if there is no checkpoint.

        Raises:
            UserError: what tells it is damaged.
        """
        if not self._state.is_file():
            return Progress()
        return read_json_record(Progress, self._state)

    def restore(self, model: keras.Model, progress: Progress) -> None:
        """Load weights and optimizer state into a model that has its optimizer.

        Raises:
            UserError: their file is damaged.
        """
        weights = self._weights(progress.epochs)
        try:
            with np.load(weights, allow_pickle=False) as arrays:
                for name, variable in _state(model).items():
                    variable.assign(arrays[name])
        # NumPy raises ValueError for what is no archive, KeyError for an array that is not in it.
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise damaged(weights) from error

    def save(self, model: keras.Model, progress: Progress, kept: int = 1) -> None:
        """Commit the model and its optimizer as of `progress`.

        Args:
            kept: weights of so many epochs stay, those of the former ones for workers that
                go on together with one that was stopped an epoch earlier.
        """
        with atomic_path(self._weights(progress.epochs)) as temporary:
            # Not as HDF5, which crashes the process when its file meets a full disk. NumPy copies
            # one variable after another out of TensorFlow: all at once would be gigabytes.
            np.savez(temporary, **_state(model))
        write_atomically(self._state, progress.model_dump_json(indent=1))
        last = [self._weights(progress.epochs - number) for number in range(kept)]
        for weights in self._folder.glob("*.npz"):
            if weights not in last:
                weights.unlink()

    def _weights(self, epochs: int) -> Path:
        return self._folder / f"epoch-{epochs:04d}.npz"


def _state(model: keras.Model) -> dict[str, keras.Variable]:
    variables = [*model.variables, *model.optimizer.variables]
    return {str(number): variable for number, variable in enumerate(variables)}


def require_space(folder: Path, model: keras.Model) -> None:
    """Make sure that the best weights and a checkpoint fit on the disk, before time is spent.

    Raises:
        UserError: they do not fit.
    """
    weights = sum(_bytes(variable) for variable in model.variables)
    needed = 2 * weights + sum(_bytes(variable) for variable in model.optimizer.variables)
    require_room(folder, needed + _FORMAT_OVERHEAD, "weights and checkpoint")


def require_room(folder: Path, needed: int, what: str) -> None:
    """Make sure that so many bytes fit on the disk.

    Raises:
        UserError: they do not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"expected {math.ceil(needed / 1e6)} MB free in {folder} for {what}, found "
            f"{math.floor(free / 1e6)} MB: make room, then give the same command again"
        )


def _bytes(variable: keras.Variable) -> int:
    return int(np.prod(variable.shape) * np.dtype(variable.dtype).itemsize)
