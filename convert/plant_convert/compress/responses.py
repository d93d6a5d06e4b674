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
# Of a convolution's outputs for a picture: neighbours say nearly the same.
_POSITIONS = 16


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

    Args:
        pictures: uint8 [n, S, S, 3].
    """
    found = [layer for layer in model.layers if isinstance(layer, (layers.Conv2D, layers.Dense))]
    respond = _before_activation(model, found)
    rng = np.random.default_rng(seed)
    rows: list[list[np.ndarray]] = [[] for _ in found]
    positions: list[list[np.ndarray]] = [[] for _ in found]
    steps = prediction_steps(len(pictures), BATCH)
    for step in track(range(steps), steps, "what the layers give"):
        given = respond(pictures[step * BATCH : (step + 1) * BATCH])
        for number, response in enumerate(given):
            flat = response.numpy().reshape(len(response), -1, response.shape[-1])
            count = flat.shape[1]
            chosen = np.sort(rng.choice(count, min(count, _POSITIONS), replace=False))
            rows[number].append(flat[:, chosen].reshape(-1, flat.shape[-1]))
            positions[number].append(chosen)
    return {
        layer.name: Responses(np.concatenate(rows[number]), np.stack(positions[number]))
        for number, layer in enumerate(found)
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
