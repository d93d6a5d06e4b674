"""The model before its first step: drawn from a seed, or with published weights."""

from dataclasses import dataclass
from pathlib import Path

import keras

from plant_device.contract.command_line import say
from plant_train.archs.architecture import Architecture, Options
from plant_train.precision import Precision, dtype_policy
from plant_train.weights.porting import Transfer, open_weights, transfer
from plant_train.weights.table import transfer_table


@dataclass(frozen=True)
class NewModel:
    """A model, and what it was made of.

    Args:
        options: those asked for, and where unset those that the weights need.
        moved: what came from published weights, if there were any.
    """

    model: keras.Model
    options: Options
    moved: Transfer | None
    precision: Precision

    @property
    def transferred(self) -> tuple[str, ...]:
        """Layers whose weights were published."""
        return self.moved.transferred if self.moved else ()


def new_model(
    architecture: Architecture,
    options: Options,
    weights: Path | None,
    classes: int,
    seed: int,
    precision: Precision,
) -> NewModel:
    """Build a model for so many classes, and tell what it starts from.

    Raises:
        UserError: the weights are not usable.
    """
    say(f"precision: {precision.policy} ({precision.reason})")
    # Layers draw their first weights and their dropout from this.
    keras.utils.set_random_seed(seed)
    with dtype_policy(precision.policy):
        if weights is None:
            say("weights: none, every layer starts anew")
            return NewModel(architecture.build(classes, options), options, None, precision)
        published = open_weights(weights, architecture, options)
        model = architecture.build(classes, published.options)
    moved = transfer(model, published)
    say(f"weights: {weights.name}\n{transfer_table(moved)}")
    return NewModel(model, published.options, moved, precision)
