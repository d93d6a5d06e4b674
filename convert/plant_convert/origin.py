"""What a model file is made from: a float32 model, and the pictures that it is judged by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from plant_convert.foreign.network import is_foreign_network
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import MadeBy
from plant_train.data.cache import CachedPictures
from plant_train.judge.inference import predict_logits
from plant_train.run import Run
from plant_train.run_pictures import training_pictures, validation_pictures

Check = Callable[[keras.Model], None]


@dataclass(frozen=True)
class Origin:
    """A float32 classifier with its pictures.

    Args:
        model: takes raw pixels [B, S, S, 3], gives logits [B, N].
        architecture: its name, for the model file.
        training: pictures that the quantiser may see.
        validation: pictures that were held out of them, and have the same classes.
        whole: the model that the int8 one has to answer like: `model` itself, or what `model` was
            compressed from.
        float32: the logits that `whole` gives for them, float [n, N].
        temperature, not_leaf: fitted to these logits.
        made_by: what the model file says of it.
    """

    model: keras.Model
    architecture: str
    training: CachedPictures
    validation: CachedPictures
    whole: keras.Model
    float32: np.ndarray
    temperature: float
    not_leaf: float
    made_by: MadeBy


def run_origin(folder: Path, data: Sequence[Path], check: Check = lambda model: None) -> Origin:
    """A finished run.

    Args:
        data: the data sets as `fit` got them, where they lie now; empty: where they lay.
        check: is given the model before the pictures are read.

    Raises:
        UserError: the run or its data are not usable.
    """
    if is_foreign_network(folder):
        raise UserError(
            f"{folder} is no run folder but a model that others made: name its classes with "
            "--labels, and pictures of them with --data"
        )
    run = Run(folder)
    record, result = run.finished()
    say(f"reading {folder} and its pictures …")
    model = run.load_model()
    check(model)
    validation = validation_pictures(run, record, data)
    training = training_pictures(run, record, data)
    return Origin(
        model=model,
        architecture=record.architecture,
        training=training,
        validation=validation,
        whole=model,
        float32=predict_logits(model, validation, "held-out pictures, float32"),
        temperature=result.temperature,
        not_leaf=result.thresholds.not_leaf,
        made_by=MadeBy(
            run=run.folder.resolve().name,
            created=record.created,
            versions=record.versions,
            commit=record.commit,
        ),
    )
