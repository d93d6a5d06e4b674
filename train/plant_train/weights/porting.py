"""Transfer: published tensors go into our layers, the rest starts anew and is named."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from plant_device.contract.errors import UserError
from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.published import ImportedTensor, PublishedWeights
from plant_train.weights.own_run import is_own_run, own_run
from plant_train.weights.read import read_weights

# ImageNet-22k has 21,841; a file's claim is not built unseen.
_MOST_CLASSES = 100_000

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True)
class WeightsFile:
    """A file that was recognised.

    Args:
        options: the architecture's, as these weights need them.
        reset: the layers that start anew all the same.
    """

    published: PublishedWeights
    options: Options
    tensors: Tensors
    reset: tuple[str, ...]


@dataclass(frozen=True)
class TensorFate:
    """What became of one tensor of a file.

    Args:
        shape: as in the file.
        fate: `taken`; `reset`, when its layer starts anew all the same; or `unused`, when the
            architecture has no place for it.
        variable: ours that it belongs to, `LAYER/VARIABLE`; None when unused.
    """

    name: str
    shape: tuple[int, ...]
    fate: Literal["taken", "reset", "unused"]
    variable: str | None


@dataclass(frozen=True)
class Transfer:
    """What a transfer did.

    Args:
        publisher: whose weights the file holds.
        transferred: layers whose weights came from the file.
        reset: layers with weights that started anew.
        tensors: all of the file's, those with a place in the order of the network first.
    """

    publisher: str
    transferred: tuple[str, ...]
    reset: tuple[str, ...]
    tensors: tuple[TensorFate, ...]


def open_weights(path: Path, architecture: Architecture, options: Options) -> WeightsFile:
    """Read a published file for `architecture`, or a run's; options that nobody set follow it.

    Raises:
        UserError: it cannot be read, is of another network, or contradicts an option.
    """
    tensors = read_weights(path)
    if is_own_run(architecture, tensors):
        # It knows leaves already: what is before its last layer stays.
        last = architecture.groups[-1][-1]
        return WeightsFile(own_run(architecture, options), options, tensors, reset=(last,))
    published = recognise(architecture, tensors)
    options = options_for(architecture, published, options)
    return WeightsFile(published, options, tensors, architecture.reset)


def recognise(architecture: Architecture, tensors: Tensors) -> PublishedWeights:
    """Whose weights for `architecture` these are, by the names of the tensors.

    Raises:
        UserError: the architecture has no published weights, or none of the names is known.
    """
    if not architecture.weights:
        raise UserError(
            f"{architecture.name} has no published weights: say --weights none, or name the "
            "model.keras of a run of it"
        )

    def known(published: PublishedWeights) -> int:
        # The last layers' names are those of other networks too, and their weights of no use.
        return sum(
            tensor.name in tensors and tensor.layer not in architecture.reset
            for tensor in published.tensors
        )

    best = max(architecture.weights, key=known)
    if not known(best):
        expected = ", or ".join(
            f"{published.tensors[0].name} … ({published.publisher})"
            for published in architecture.weights
        )
        raise UserError(
            f"expected tensors named {expected} for {architecture.name}, "
            f"received: {', '.join(sorted(tensors)[:3]) or 'none'} …"
        )
    return best


def options_for(
    architecture: Architecture, published: PublishedWeights, options: Options
) -> Options:
    """The options with which these weights give their published logits.

    Options that the user did not set follow the weights.

    Raises:
        UserError: one that the user set contradicts them.
    """
    for key, value in published.options.items():
        chosen = getattr(options, key)
        if key in options.model_fields_set and chosen != value:
            raise UserError(
                f"{published.publisher} needs --arch-option {key}={value} of "
                f"{architecture.name}, received: {key}={chosen}"
            )
    return architecture.options.model_validate({**options.model_dump(), **published.options})


def transfer(model: keras.Model, weights: WeightsFile) -> Transfer:
    """Load what the file has into `model`, but for the layers that it says to reset.

    With an architecture's own `reset` this is the transfer of the PlantVillage challenge's
    tutorial: replace the last layer, reset the one before it, resume on all layers. With
    none, and as many classes as published, the model gives the published logits.

    Raises:
        UserError: a tensor has another shape, is not of finite floating-point numbers, or is
            missing though its layer has others in the file.
    """
    published, tensors = weights.published, weights.tensors
    present = [source for source in published.tensors if source.name in tensors]
    layers = {source.layer for source in present} - set(weights.reset)
    for source in published.tensors:
        if source.layer in layers and source.name not in tensors:
            raise UserError(
                f"expected {source.name} for layer {source.layer}, whose other tensors are in the "
                "file: it is not whole"
            )
    taken = [source for source in present if source.layer in layers]
    fitted = [_fitted(source, tensors[source.name], _variable(model, source)) for source in taken]
    # All are known to fit: a model is loaded whole or stays as it was.
    for source, tensor in zip(taken, fitted, strict=True):
        _variable(model, source).assign(tensor)
    with_weights = [layer.name for layer in model.layers if layer.weights]
    return Transfer(
        published.publisher,
        tuple(name for name in with_weights if name in layers),
        tuple(name for name in with_weights if name not in layers),
        _fates(present, layers, tensors),
    )


def published_network(
    architecture: Architecture, weights: WeightsFile
) -> tuple[keras.Model, Transfer]:
    """The network as it was published, classifier included: for comparing logits.

    Raises:
        UserError: the file does not have all layers, or no plausible number of classes.
    """
    last = weights.published.tensors[-1]
    if last.name not in weights.tensors or last.layer != architecture.groups[-1][-1]:
        raise UserError(
            f"expected a file with every layer of {architecture.name}, to run it as published: "
            f"it has no {architecture.groups[-1][-1]}"
        )
    classes = weights.tensors[last.name].size
    if not 1 <= classes <= _MOST_CLASSES:
        raise UserError(
            f"expected 1 to {_MOST_CLASSES:,} classes in {last.name}, received {classes:,}"
        )
    model = architecture.build(classes, weights.options)
    moved = transfer(model, replace(weights, reset=()))
    if moved.reset:
        raise UserError(
            f"expected a file with every layer of {architecture.name}, to run it as published: "
            f"it has no {moved.reset[0]}"
        )
    return model, moved


def _variable(model: keras.Model, source: ImportedTensor) -> keras.Variable:
    return getattr(model.get_layer(source.layer), source.variable)


def _fitted(source: ImportedTensor, tensor: np.ndarray, variable: keras.Variable) -> np.ndarray:
    expected = tuple(variable.shape)
    try:
        turned = source.layout(tensor)
    except ValueError:
        # Another number of axes, or of elements, than the layout turns.
        turned = None
    if turned is None or turned.shape != expected:
        raise UserError(
            f"expected {source.name} to fill {source.layer}/{source.variable} of shape {expected}, "
            f"received {tensor.shape}: these weights belong to another architecture or other "
            "options"
        )
    if not np.issubdtype(tensor.dtype, np.floating) or not np.isfinite(tensor).all():
        raise UserError(f"expected finite floating-point numbers in {source.name}")
    return turned


def _fates(
    present: list[ImportedTensor], layers: set[str], tensors: Tensors
) -> tuple[TensorFate, ...]:
    placed = {source.name for source in present}
    return (
        *(
            TensorFate(
                source.name,
                tensors[source.name].shape,
                "taken" if source.layer in layers else "reset",
                f"{source.layer}/{source.variable}",
            )
            for source in present
        ),
        *(
            TensorFate(name, tensor.shape, "unused", None)
            for name, tensor in tensors.items()
            if name not in placed
        ),
    )
