"""A run's network as int8, and how well it does on the run's held-out pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from plant_convert.backends import Quantisation, quantise
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_convert.origin import Origin
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import Picture, centre_crop
from plant_train.data.cache import CachedPictures
from plant_train.judge.metrics import agreement


def integer_graph(model: keras.Model, representative: Sequence[Picture]) -> keras.Model:
    """The graph that `plant-convert build` quantises."""
    return with_integer_lrn(inference_graph(model), representative)


def int8_file(model: keras.Model, representative: Sequence[Picture]) -> bytes:
    """The flatbuffer that `plant-convert build` makes by default."""
    return quantise(integer_graph(model, representative), representative, Quantisation())


def with_layers(
    graph: keras.Model, replaced: Callable[[keras.layers.Layer], keras.layers.Layer | None]
) -> keras.Model:
    """The graph with its weights and other layers in some places.

    Args:
        replaced: gives what stands in a layer's place, with weights of the same shapes; or None.
    """

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        return replaced(layer) or type(layer).from_config(layer.get_config())

    found = keras.models.clone_model(graph, clone_function=clone)
    found.set_weights(graph.get_weights())
    return found


def network_inputs(pictures: CachedPictures) -> list[Picture]:
    """All of them, uint8 [S, S, 3] each."""
    return [centre_crop(pictures.leaf(n), pictures.geometry) for n in range(len(pictures))]


def int8_logits(flatbuffer: bytes, origin: Origin) -> np.ndarray:
    """Of the held-out pictures, float [n, N]."""
    held_out = origin.validation
    side, classes = held_out.geometry.input_side, len(held_out.classes)
    runtime = Runtime(flatbuffer, side=side, classes=classes, name="the int8 network")
    return np.stack([runtime.logits(picture) for picture in network_inputs(held_out)])


@dataclass(frozen=True)
class Likeness:
    """How like float32's logits others are.

    Args:
        decibels: signal-to-quantisation-noise ratio.
        agreement: fraction with the same first class.
    """

    decibels: float
    agreement: float


def likeness(float32: np.ndarray, others: np.ndarray) -> Likeness:
    """Of logits [n, N] to those of float32."""
    noise = np.mean((others - float32) ** 2)
    ratio = 10 * np.log10(np.mean(float32**2) / noise)
    return Likeness(float(ratio), agreement(float32, others))
