"""A float32 network, and the int8 flatbuffer that is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from plant_convert.backends import Quantisation, quantise
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.flatbuffer import Contents, read_contents
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_convert.lrn_power import LrnPower
from plant_convert.metadata import with_metadata
from plant_convert.quantisation_noise import TensorNoise, tensor_noise
from plant_convert.runtime_version import with_runtime_version
from plant_convert.schema.metadata import ModelMetadata
from plant_device.contract.geometry import Picture

_NOISE_PICTURES = 16


@dataclass(frozen=True)
class Quantised:
    """What the quantiser made of a graph with the representative pictures.

    Args:
        graph: float32, of raw pixels.
        representative: network inputs uint8 [S, S, 3].
        flatbuffer: int8, as the model file has it.
        contents: of the flatbuffer.
    """

    graph: keras.Model
    representative: Sequence[Picture]
    flatbuffer: bytes
    contents: Contents

    def noise(self) -> list[TensorNoise]:
        """What quantisation did to each tensor, the worst first. Converts the graph once more."""
        float32 = float32_flatbuffer(self.graph)
        return tensor_noise(float32, self.flatbuffer, self.representative[:_NOISE_PICTURES])


def quantised(
    model: keras.Model,
    representative: Sequence[Picture],
    quantisation: Quantisation,
    said: ModelMetadata,
    lrn: LrnPower = LrnPower.TANH,
) -> Quantised:
    """Convert a float32 classifier to int8.

    Args:
        model: takes raw pixels [B, S, S, 3], gives logits [B, N].
        representative: network inputs uint8 [S, S, 3], with 0 and 255 among their values.
        said: what the flatbuffer says of itself.
        lrn: of which ops local response normalisation is made.

    Raises:
        UserError: the network needs an op that TFLite does not have.
    """
    graph = with_integer_lrn(inference_graph(model), representative, lrn)
    flatbuffer = with_runtime_version(quantise(graph, representative, quantisation))
    flatbuffer = with_metadata(flatbuffer, said)
    return Quantised(graph, representative, flatbuffer, read_contents(flatbuffer))
