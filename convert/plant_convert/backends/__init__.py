"""What turns a float32 Keras graph into an int8 flatbuffer; one quantiser a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture

if TYPE_CHECKING:
    import keras


class Backend(str, Enum):
    """Whose quantiser."""

    TENSORFLOW = "tensorflow"
    LITERT = "litert"


class Method(str, Enum):
    """How the range of an activation follows from the values that it had."""

    MIN_MAX = "min-max"
    PERCENTILE = "percentile"
    MSE = "mse"


class Dense(str, Enum):
    """How many scales the weights of a dense layer have: one an output, or one."""

    PER_CHANNEL = "per-channel"
    PER_TENSOR = "per-tensor"


# TensorFlow's converter takes what it saw from end to end. Its histogram methods
# (tf.quantization's CalibrationOptions) are for its StableHLO quantiser, and do nothing here.
METHODS: Final = {
    Backend.TENSORFLOW: (Method.MIN_MAX,),
    Backend.LITERT: (Method.MIN_MAX, Method.PERCENTILE, Method.MSE),
}


@dataclass(frozen=True)
class Quantisation:
    """How an int8 graph is made.

    Raises:
        UserError: the back end does not offer the method.
    """

    backend: Backend = Backend.TENSORFLOW
    method: Method = Method.MIN_MAX
    dense: Dense = Dense.PER_CHANNEL

    def __post_init__(self) -> None:
        offered = METHODS[self.backend]
        if self.method not in offered:
            others = [f"--backend {each.value}" for each in Backend if self.method in METHODS[each]]
            raise UserError(
                f"expected a calibration method of the {self.backend.value} back end "
                f"({', '.join(method.value for method in offered)}), "
                f"received {self.method.value}: take {' or '.join(others)}"
            )


def quantise(
    graph: "keras.Model", representative: Sequence[Picture], quantisation: Quantisation
) -> bytes:
    """Convert a float32 graph of raw pixels to int8: uint8 in, int8 logits out.

    Args:
        graph: takes [B, S, S, 3], gives logits [B, N].
        representative: network inputs uint8 [S, S, 3], with 0 and 255 among their values.

    Returns:
        a TFLite flatbuffer with batch 1 and no op from outside TFLite's own. The input has a
        scale of 1 and a zero point of 0. An op that the quantiser has no int8 form for is left
        float.

    Raises:
        UserError: the graph has a loop, needs an op that TFLite does not have, or an op of it
            overflows.
    """
    from plant_convert.backends.bias_correction import with_corrected_bias
    from plant_convert.loops import require_no_loops

    require_no_loops(graph)
    flatbuffer = _quantised(graph, representative, quantisation)
    return with_corrected_bias(flatbuffer, graph, representative)


def _quantised(
    graph: "keras.Model", representative: Sequence[Picture], quantisation: Quantisation
) -> bytes:
    if quantisation.backend is Backend.LITERT:
        from plant_convert.backends import litert

        return litert.quantise(graph, representative, quantisation.method, quantisation.dense)
    from plant_convert.backends import tensorflow

    return tensorflow.quantise(graph, representative, quantisation.dense)
