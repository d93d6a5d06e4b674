"""SGD whose learning rate differs by layer, and its schedule."""

from typing import Any

import keras

from plant_train.recipe import Recipe


@keras.saving.register_keras_serializable(package="plant_train")
class LayerwiseSGD(keras.optimizers.SGD):
    """SGD with a factor of the learning rate for each variable.

    Args:
        rates: one factor a trainable variable, in the model's order.
    """

    def __init__(self, rates: list[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rates = rates

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step, at its own rate."""
        rate = self.rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        # Keras's own, whose factor is the learning rate, takes no factor for each variable.
        if self.weight_decay is not None:
            for variable in variables:
                rate = self.rates[self._get_variable_index(variable)]
                self.assign_sub(
                    variable, variable * (self.weight_decay * rate * self.learning_rate)
                )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "rates": self.rates}


def new_optimizer(
    recipe: Recipe, model: keras.Model, transferred: tuple[str, ...], steps_per_epoch: int
) -> LayerwiseSGD:
    """The recipe's optimizer: cosine decay after a linear warm-up.

    Args:
        transferred: layers that learn more slowly, by `recipe.transferred_rate`.
    """
    steps = recipe.epochs * steps_per_epoch
    warmup = min(round(recipe.warmup_epochs * steps_per_epoch), steps - 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else recipe.learning_rate,
        steps - warmup,
        warmup_target=recipe.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    rates = [
        recipe.transferred_rate if layer.name in transferred else 1.0
        for layer in model.layers
        for _ in layer.trainable_variables
    ]
    return LayerwiseSGD(
        rates,
        learning_rate=schedule,
        momentum=recipe.momentum,
        nesterov=True,
        weight_decay=recipe.weight_decay or None,
    )
