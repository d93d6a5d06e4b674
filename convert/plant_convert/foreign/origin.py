"""A foreign network with pictures to calibrate it and to judge it by."""

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import keras
import numpy as np

from plant_convert.activations import observed
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.finite import require_finite
from plant_convert.foreign.description import Description
from plant_convert.foreign.network import read_network
from plant_convert.foreign.saved_model import SAVED_MODEL_NAME
from plant_convert.graph import inference_graph
from plant_convert.origin import Check, Origin
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import centre_crop
from plant_device.contract.manifest import MadeBy
from plant_train.data.audit.training import scan_training
from plant_train.data.cache import CachedPictures, cache_pictures
from plant_train.data.held_out import hold_out
from plant_train.data.labelled import with_classes_of
from plant_train.data.layouts import read_training_data
from plant_train.judge.calibration import fit_temperature, fit_thresholds
from plant_train.judge.inference import predict_logits
from plant_train.recipe import Recipe
from plant_train.run import tool_versions

_ARCHITECTURE = "foreign"
# Pictures of those for which the logits are no numbers.
_LOOKED_AT = 8


def foreign_origin(
    place: Path, data: Sequence[Path], description: Description, check: Check
) -> Origin:
    """Read a foreign network, and divide the data as `plant-train fit` would.

    A validation folder is held out, else a part of the groups by the default recipe's fraction
    and seed; a test folder is not opened. Temperature and thresholds are fitted to what is held
    out. Says what is assumed, and how well the float32 network does.

    Args:
        place: a Keras model, or the folder of a SavedModel.
        data: data sets with pictures of the described classes.
        check: is given the model before the pictures are read.

    Raises:
        UserError: the network or the data are not usable, or it gives probabilities.
    """
    if not data:
        raise UserError(
            "expected pictures of the classes with --data: a foreign model is calibrated on one "
            "part of them and judged on another"
        )
    model = read_network(place, description)
    check(model)
    side = int(model.inputs[0].shape[1])
    geometry = description.geometry(side)
    say(f"{place.name} is taken for a network of {description.in_words(side)}")
    read, recipe = read_training_data(data), Recipe()
    # Before hours of reading pictures: are these their classes?
    with_classes_of(read.pictures, description.labels)
    absent = [label for label in description.labels if label not in read.pictures.classes]
    if absent:
        say(
            f"warning: no picture shows {', '.join(absent[:5])}{' …' if len(absent) > 5 else ''}: "
            "nothing is known of how well they do"
        )
    grouped = scan_training(read).grouped
    parts = hold_out(read, grouped, recipe.validation_fraction, recipe.seed, record=None)
    training, validation = (
        cache_pictures(with_classes_of(part, description.labels), geometry)
        for part in (parts.training, parts.validation)
    )
    float32 = predict_logits(model, validation, "held-out pictures, float32")
    _require_finite(model, float32, validation)
    _require_logits(float32, place)
    top1 = float(np.mean(float32.argmax(axis=1) == validation.labels))
    say(
        f"float32: {top1:.2%} of {len(validation)} held-out pictures are named rightly; if that is "
        "near chance, the labels may be in another order, or the normalisation another"
    )
    temperature = fit_temperature(float32, validation.labels)
    return Origin(
        model=model,
        architecture=_ARCHITECTURE,
        training=training,
        validation=validation,
        whole=model,
        float32=float32,
        temperature=temperature,
        not_leaf=fit_thresholds(float32, validation.labels, temperature).not_leaf,
        made_by=MadeBy(
            run=place.resolve().name,
            created=_saved(place),
            versions=tool_versions(["plant-edge", "tensorflow", "keras", "numpy"]),
        ),
    )


def _require_finite(model: keras.Model, logits: np.ndarray, pictures: CachedPictures) -> None:
    """Refuse by its name an op that gives what is no number, where the logits show it."""
    bad = np.flatnonzero(~np.isfinite(logits).all(axis=1))[:_LOOKED_AT]
    if len(bad):
        shown = [centre_crop(pictures.leaf(int(index)), pictures.geometry) for index in bad]
        graph = inference_graph(model)
        float32 = float32_flatbuffer(graph)
        require_finite(graph, float32, observed(float32, shown))


def _require_logits(values: np.ndarray, place: Path) -> None:
    if not np.isfinite(values).all():
        raise UserError(f"expected finite numbers from {place}, received NaN or infinity")
    if values.min() >= 0 and np.allclose(values.sum(axis=1), 1, atol=1e-3):
        raise UserError(
            f"expected {place} to end in logits or in a softmax layer, it gives probabilities made "
            "in another way: save it without them"
        )


def _saved(place: Path) -> str:
    """When the network was saved, so far as its file tells: the same file, the same time."""
    file = place / SAVED_MODEL_NAME if place.is_dir() else place
    return datetime.fromtimestamp(int(file.stat().st_mtime), timezone.utc).isoformat()
