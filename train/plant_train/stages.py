"""Which layers learn when: first the head alone, then all, or the last layer groups."""

from dataclasses import dataclass

from plant_train.archs.architecture import Architecture
from plant_train.recipe import Recipe


@dataclass(frozen=True)
class Stage:
    """Epochs in which the same layers learn.

    Args:
        first: number of its first epoch, from 0.
        epochs: how many it has.
        learning: names of the layers that learn.
        backbone_frozen: no layer before the head learns, so that features stay as they are.
    """

    first: int
    epochs: int
    learning: frozenset[str]
    backbone_frozen: bool

    @property
    def end(self) -> int:
        """Number of the first epoch after it."""
        return self.first + self.epochs


def stages(recipe: Recipe, architecture: Architecture) -> list[Stage]:
    """The stages of a training, in their order."""
    groups = architecture.groups
    head = next(number for number, group in enumerate(groups) if architecture.head in group)
    unfrozen = max(0, len(groups) - recipe.unfreeze) if recipe.unfreeze else 0
    planned = [(recipe.head_epochs, head), (recipe.epochs, unfrozen)]
    found: list[Stage] = []
    first = 0
    for epochs, start in planned:
        if epochs:
            learning = frozenset(name for group in groups[start:] for name in group)
            found.append(Stage(first, epochs, learning, backbone_frozen=start >= head))
        first += epochs
    return found
