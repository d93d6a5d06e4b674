"""Transfer: published tensors go into our layers, the rest starts anew and is named."""

from dataclasses import dataclass

import keras
import numpy as np

from plant_device.contract.errors import UserError
from plant_train.archs.architecture import Architecture, ImportedTensor


@dataclass(frozen=True)
class Transfer:
    """What a transfer did.

    Args:
        transferred: layers whose weights came from the file.
        reset: layers with weights that started anew.
    """

    transferred: tuple[str, ...]
    reset: tuple[str, ...]


def transfer(
    model: keras.Model, architecture: Architecture, tensors: dict[str, np.ndarray]
) -> Transfer:
    """Load what the file has into `model`; the last two layers always start anew.

    This is the transfer of the PlantVillage challenge's tutorial: replace the last layer,
    reset the one before it, resume on all layers.

    Raises:
        UserError: the architecture has no published weights, a tensor has another shape, or
            none of the file's tensors is known.
    """
    if not architecture.weights:
        raise UserError(f"{architecture.name} has no published weights: say --weights none")
    transferred: list[str] = []
    for source in architecture.weights:
        if source.layer in architecture.reset or source.name not in tensors:
            continue
        variable = getattr(model.get_layer(source.layer), source.variable)
        variable.assign(_fitted(source, tensors[source.name], tuple(variable.shape), architecture))
        transferred.append(source.layer)
    if not transferred:
        expected = ", ".join(source.name for source in architecture.weights[:3])
        raise UserError(
            f"expected tensors named {expected} … for {architecture.name}, "
            f"received: {', '.join(sorted(tensors)[:3]) or 'none'} …"
        )
    with_weights = [layer.name for layer in model.layers if layer.weights]
    return Transfer(
        tuple(name for name in with_weights if name in transferred),
        tuple(name for name in with_weights if name not in transferred),
    )


def _fitted(
    source: ImportedTensor, tensor: np.ndarray, shape: tuple[int, ...], architecture: Architecture
) -> np.ndarray:
    if tensor.shape != shape:
        raise UserError(
            f"expected {source.name} of shape {shape} for {architecture.name}, received "
            f"{tensor.shape}: these weights belong to another architecture or other options"
        )
    if not np.issubdtype(tensor.dtype, np.floating) or not np.isfinite(tensor).all():
        raise UserError(f"expected finite floating-point numbers in {source.name}")
    return tensor[:, :, ::-1, :] if source.reverse_input_channels else tensor
