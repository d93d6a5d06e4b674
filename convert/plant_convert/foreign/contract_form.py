"""A foreign Keras network in the contract's form: raw pixels in, logits out, all in float32."""

import inspect
from typing import Any

import keras
import numpy as np
from keras import layers

from plant_convert.foreign.description import Normalisation
from plant_device.contract.errors import UserError

_SOFTMAX = (keras.activations.softmax, keras.activations.log_softmax)


def contract_form(
    model: keras.Model, side: int, normalisation: Normalisation | None
) -> keras.Model:
    """The network for raw pixels [B, S, S, 3], without a softmax at its end.

    Args:
        model: a graph of layers with one input [B, S, S, 3] and one output, in any precision.
        side: S.
        normalisation: put before the first layer, where later stages fold it into a convolution.

    Raises:
        UserError: the network ends in a sigmoid, normalises by more than a value a channel, or
            cannot be built again.
    """
    end = _last_operation(model.outputs[0])
    if getattr(end, "activation", None) is keras.activations.sigmoid:
        raise UserError(
            "expected a network that ends in logits or a softmax, received a sigmoid: its classes "
            "do not exclude one another"
        )
    pixels = keras.Input((side, side, 3), name="pixels")
    normalised = normalising_layer(normalisation)(pixels) if normalisation else pixels
    copies: list[tuple[layers.Layer, layers.Layer]] = []

    def clone(operation: Any) -> Any:
        if isinstance(operation, layers.Normalization):
            return _as_rescaling(operation)
        if operation is end and _is_softmax(operation):
            return layers.Activation("linear", name=operation.name)
        config = operation.get_config()
        if isinstance(operation, layers.Layer):
            config["dtype"] = "float32"
        if operation is end and getattr(operation, "activation", None) in _SOFTMAX:
            config["activation"] = "linear"
        copy = type(operation).from_config(config)
        if isinstance(operation, layers.Layer):
            copies.append((operation, copy))
        return copy

    def call(operation: Any, *arguments: Any, **options: Any) -> Any:
        arguments, options = keras.tree.map_structure(
            lambda value: normalised if value is pixels else value, (arguments, options)
        )
        # A softmax remembers that it was given no mask, which what stands for it does not take.
        given = {name: value for name, value in options.items() if value is not None}
        if "training" in inspect.signature(operation.call).parameters:
            # Else layers such as RandomFlip take every call for one of a training.
            given["training"] = False
        return operation(*arguments, **given)

    try:
        form = keras.models.clone_model(
            keras.Model(model.inputs[0], model.outputs[0]),
            clone_function=clone,
            call_function=call,
            input_tensors=pixels,
            recursive=True,
        )
        for original, copy in copies:
            copy.set_weights(original.get_weights())
    except (TypeError, ValueError) as error:
        # Keras's layers are many; some, such as quantised ones, are not the same in float32.
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"expected a network that can be built again in float32: {reason}"
        ) from error
    return form


def normalising_layer(normalisation: Normalisation) -> layers.Rescaling:
    """The layer that does for float [B, S, S, 3] what the normalisation does."""
    std = np.array(normalisation.std)
    return layers.Rescaling(
        (1 / std).tolist(), (-np.array(normalisation.mean) / std).tolist(), name="normalisation"
    )


def _last_operation(tensor: Any) -> Any:
    """What makes a tensor, be it in a model within the model; what changes nothing is passed."""
    operation = tensor._keras_history.operation
    if isinstance(operation, keras.Model):
        return _last_operation(operation.outputs[0])
    if isinstance(operation, layers.Identity) or (
        isinstance(operation, layers.Activation)
        and operation.activation is keras.activations.linear
    ):
        return _last_operation(operation.input)
    return operation


def _is_softmax(operation: Any) -> bool:
    """Whether it is a softmax and nothing else: a layer of its own, or one of keras.ops."""
    if isinstance(operation, layers.Activation):
        return operation.activation in _SOFTMAX
    return type(operation).__name__ in ("Softmax", "LogSoftmax")


def _as_rescaling(layer: layers.Normalization) -> layers.Rescaling:
    """A normalisation by what its data were: a constant, which can be folded."""
    mean = np.array(layer.mean, np.float64).ravel()
    std = np.sqrt(np.array(layer.variance, np.float64)).ravel()
    if mean.size not in (1, 3) or layer.invert:
        raise UserError(f"expected a Normalization by channel, {layer.name} has {mean.size} values")
    std = np.maximum(std, keras.backend.epsilon())
    return layers.Rescaling((1 / std).tolist(), (-mean / std).tolist(), name=layer.name)
