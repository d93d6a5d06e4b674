"""A run's own `model.keras` as weights to start from: what it learned, on to other leaves."""

from collections.abc import Collection

from plant_train.archs.architecture import Architecture, Options
from plant_train.archs.published import KERAS, ImportedTensor, PublishedWeights

_ANY_CLASSES = 2


def is_own_run(architecture: Architecture, tensors: Collection[str]) -> bool:
    """Whether tensors have the names of a run of the architecture: every layer's, as ours."""
    kernel, _ = KERAS
    layers = [layer for group in architecture.groups for layer in group]
    return all(kernel.format(layer) in tensors for layer in layers)


def own_run(architecture: Architecture, options: Options) -> PublishedWeights:
    """Where each tensor of such a run goes: where it was.

    Args:
        options: those that the run was trained with.
    """
    model = architecture.build(_ANY_CLASSES, options)
    return PublishedWeights(
        "a run of plant-train",
        tuple(
            ImportedTensor(f"{layer.name}/{number}", layer.name, variable.name)
            for layer in model.layers
            for number, variable in enumerate(layer.weights)
        ),
    )
