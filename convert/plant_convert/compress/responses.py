"""What the convolutions and dense layers of a model give for pictures, before their activations."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from plant_train.data.pipeline import prediction_steps
from plant_train.progress import track

BATCH = 32
# Of a convolution's outputs: neighbours say nearly the same, and each picture has several.
_POSITIONS = 16
_PICTURES = 2048


@dataclass(frozen=True)
class Responses:
    """Of one layer.

    Args:
        rows: float32 [m, n], at some positions of each picture, batch after batch.
        positions: int [batches, p], which they are of the output's H * W; the same ones for all
            pictures of a batch.
    """

    rows: np.ndarray
    positions: np.ndarray


def layer_responses(model: keras.Model, pictures: np.ndarray, seed: int) -> dict[str, Responses]:
    """The responses of every layer that can have factors, by its name.

    Of dense layers for all pictures: a few thousand, one row each, would leave out directions that
    others need. Of convolutions for the first ones.

    Args:
        pictures: uint8 [n, S, S, 3].
    """
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    all_layers, dense_alone = (
        (found, _before_activation(model, found)) for found in (dense + convolutions, dense)
    )
    rng = np.random.default_rng(seed)
    rows: dict[str, list[np.ndarray]] = {layer.name: [] for layer in dense + convolutions}
    positions: dict[str, list[np.ndarray]] = {name: [] for name in rows}
    steps = prediction_steps(len(pictures), BATCH)
    for step in track(range(steps), steps, "what the layers give"):
        found, respond = all_layers if step * BATCH < _PICTURES else dense_alone
        given = respond(pictures[step * BATCH : (step + 1) * BATCH])
        for layer, response in zip(found, given, strict=True):
            flat = response.numpy().reshape(len(response), -1, response.shape[-1])
            count = flat.shape[1]
            chosen = np.sort(rng.choice(count, min(count, _POSITIONS), replace=False))
            rows[layer.name].append(flat[:, chosen].reshape(-1, flat.shape[-1]))
            positions[layer.name].append(chosen)
    return {
        name: Responses(np.concatenate(rows.pop(name)), np.stack(positions[name]))
        for name in positions
    }


def _before_activation(
    model: keras.Model, found: Sequence[layers.Layer]
) -> tf.types.experimental.PolymorphicFunction:
    twins = [
        type(one).from_config(
            one.get_config() | {"activation": "linear", "name": f"{one.name}_responses"}
        )
        for one in found
    ]
    outputs = [twin(one.input) for twin, one in zip(twins, found, strict=True)]
    for twin, one in zip(twins, found, strict=True):
        twin.set_weights(one.get_weights())
    linear = keras.Model(model.input, outputs)

    @tf.function(reduce_retracing=True)
    def respond(pictures: tf.Tensor) -> list[tf.Tensor]:
        return [
            tf.cast(one, tf.float32)
            for one in linear(tf.cast(pictures, tf.float32), training=False)
        ]

    return respond
