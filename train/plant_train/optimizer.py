"""Keras's optimizers, with a learning rate that differs by layer."""

from typing import Any

import keras

from plant_device.contract.errors import UserError
from plant_train.archs.architecture import Architecture
from plant_train.recipe import Recipe

# Gradients below 6e-8 are zero in float16 (Micikevicius et al. 2018, arXiv:1710.03740).
_FLOAT16_LOSS_SCALE = 1024.0


class _Layerwise:
    """Goes before a Keras optimizer: a factor of the learning rate for each variable.

    Args:
        rates: one factor a trainable variable, in the model's order.
    """

    def __init__(self, rates: list[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rates = rates

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's decay and step, at its own rate."""
        rate = learning_rate * self.rates[self._get_variable_index(variable)]  # type: ignore[attr-defined]
        if self.weight_decay:  # type: ignore[attr-defined]
            self.assign_sub(variable, variable * (self.weight_decay * rate))  # type: ignore[attr-defined]
        super().update_step(gradient, variable, rate)  # type: ignore[misc]

    def _update_model_variables_moving_average(self, variables: list[Any]) -> None:
        # Keras's own has one momentum from the first step on, which a short training's first
        # weights would outlast; this one rises to it, as TensorFlow's ExponentialMovingAverage.
        if not self.use_ema:  # type: ignore[attr-defined]
            return
        steps = keras.ops.cast(self.iterations, "float32")  # type: ignore[attr-defined]
        momentum = keras.ops.minimum(self.ema_momentum, (1 + steps) / (10 + steps))  # type: ignore[attr-defined]
        averages = self._model_variables_moving_average  # type: ignore[attr-defined]
        for variable, average in zip(variables, averages, strict=True):
            average.assign(momentum * average + (1 - momentum) * variable)

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        # Keras's own knows one rate for all: it is done above.
        pass


def optimizer_class(name: str) -> type[keras.optimizers.Optimizer]:
    """Keras's optimizer of a name such as `sgd`.

    Raises:
        UserError: there is none.
    """
    try:
        return type(keras.optimizers.get(name))
    except (ValueError, TypeError):
        raise UserError(
            f"expected the name of a Keras optimizer, such as sgd, adam, adamw, rmsprop, nadam or "
            f"lion. Received: {name}"
        ) from None


def new_optimizer(
    recipe: Recipe, rates: list[float], precision: str = "float32"
) -> keras.optimizers.Optimizer:
    """The recipe's optimizer; whoever runs it sets its learning rate before each step.

    Args:
        rates: one factor a trainable variable, in the model's order.
        precision: the Keras policy of the model.

    Raises:
        UserError: Keras has no optimizer of that name.
    """
    kind = optimizer_class(recipe.optimizer)
    own: dict[str, Any] = {}
    if issubclass(kind, keras.optimizers.SGD):
        own = {"momentum": recipe.momentum, "nesterov": recipe.momentum > 0}
    elif issubclass(kind, keras.optimizers.RMSprop):
        own = {"momentum": recipe.momentum}
    layerwise = type(f"Layerwise{kind.__name__}", (_Layerwise, kind), {})
    return layerwise(
        rates,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        use_ema=recipe.ema > 0,
        ema_momentum=recipe.ema or 0.99,
        loss_scale_factor=_FLOAT16_LOSS_SCALE if precision == "mixed_float16" else None,
        **own,
    )


def layer_rates(
    recipe: Recipe, architecture: Architecture, model: keras.Model, transferred: tuple[str, ...]
) -> list[float]:
    """The factor of the learning rate of each trainable variable.

    `group_rate` counts from the last group, whose factor is 1 (discriminative rates: Howard &
    Ruder 2018, arXiv:1801.06146); transferred layers have `transferred_rate` besides.
    """
    depth = {
        name: len(architecture.groups) - 1 - number
        for number, group in enumerate(architecture.groups)
        for name in group
    }
    return [
        recipe.group_rate ** depth[layer.name]
        * (recipe.transferred_rate if layer.name in transferred else 1.0)
        for layer in model.layers
        for _ in layer.trainable_variables
    ]
