"""A foreign network read from where it lies, and brought into the contract's form."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from plant_convert.foreign.contract_form import contract_form, normalising_layer
from plant_convert.foreign.description import Description
from plant_convert.foreign.keras_file import KERAS_SUFFIXES, load_keras_file
from plant_convert.foreign.saved_model import SAVED_MODEL_NAME, GraphFunction, logits_function
from plant_device.contract.errors import UserError
from plant_train.run_file import RECORD_NAME

Shape = tuple[int | None, ...]


class GraphLayer(keras.layers.Layer):
    """A frozen TensorFlow graph as a layer of a network.

    Args:
        graph: a function of one tensor without variables.
    """

    def __init__(self, graph: GraphFunction, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.graph = graph

    def call(self, inputs: Any) -> Any:
        """What the graph gives for float32 [B, S, S, 3], whatever B it was made for."""
        if self.graph.shape[0] in (None, inputs.shape[0]):
            return self.graph.function(inputs)
        return tf.map_fn(lambda picture: self.graph.function(picture[tf.newaxis])[0], inputs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; for copies in memory, not for a file."""
        return {**super().get_config(), "graph": self.graph}


def is_foreign_network(place: Path) -> bool:
    """Whether a path leads to what `read_network` could read."""
    if place.is_dir():
        return (place / SAVED_MODEL_NAME).is_file()
    return place.is_file() and place.suffix in KERAS_SUFFIXES


def read_network(place: Path, description: Description) -> keras.Model:
    """Read a Keras model or a SavedModel, which are untrusted.

    Returns:
        the network for raw pixels [B, S, S, 3] that gives logits [B, N].

    Raises:
        UserError: it is none, may do anything but compute, or is no picture classifier with the
            described classes.
    """
    if (place / RECORD_NAME).is_file():
        raise UserError(f"{place} is a run, which knows its classes: leave --labels out")
    if not is_foreign_network(place):
        received = "something else" if place.exists() else "nothing"
        raise UserError(
            f"expected a Keras model (.keras, .h5) or the folder of a SavedModel at {place}, "
            f"received {received}"
        )
    network = _from_saved_model if place.is_dir() else _from_keras_file
    model = network(place, description)
    _require_classes(model.outputs, len(description.labels), place)
    return model


def _from_keras_file(path: Path, description: Description) -> keras.Model:
    model = load_keras_file(path)
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise UserError(
            f"expected a network with one input and one output, {path} has {len(model.inputs)} and "
            f"{len(model.outputs)}"
        )
    side = _square_side(model.inputs[0].shape, path)
    return contract_form(model, side, description.normalisation)


def _from_saved_model(folder: Path, description: Description) -> keras.Model:
    graph = logits_function(folder)
    if graph.shape[0] not in (None, 1):
        raise UserError(
            f"expected a network that takes one picture, or any number, {folder} takes "
            f"{graph.shape[0]} at once"
        )
    side = _square_side(graph.shape, folder)
    pixels = keras.Input((side, side, 3), name="pixels")
    given = description.normalisation
    normalised = normalising_layer(given)(pixels) if given else pixels
    return keras.Model(pixels, GraphLayer(graph, name="graph")(normalised))


def _square_side(shape: Shape, place: Path) -> int:
    if len(shape) != 4 or shape[1] is None or (shape[2], shape[3]) != (shape[1], 3):
        raise UserError(
            f"expected a network that takes RGB pictures of a fixed square, [B, S, S, 3], {place} "
            f"takes {_in_words(shape)}"
        )
    return shape[1]


def _require_classes(outputs: list[Any], classes: int, place: Path) -> None:
    shape = tuple(outputs[0].shape)
    if shape[1:] != (classes,):
        raise UserError(
            f"expected a logit for each of the {classes} labels, [B, {classes}], {place} gives "
            f"{_in_words(shape)}"
        )


def _in_words(shape: Shape) -> str:
    return f"[{', '.join('?' if side is None else str(side) for side in shape)}]"
