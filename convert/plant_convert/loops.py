"""Loops: what goes step by step through its input has no integer form, and is refused by name.

TensorFlow's converter ends its process on them, LiteRT's quantiser asks for ranges of values that
never leave the loop.
"""

import keras

from plant_convert.op_layer import with_layer
from plant_convert.traced import traced_nodes
from plant_device.contract.errors import REFUSED, UserError

_LOOPS = frozenset({"While", "StatelessWhile"})


def require_no_loops(graph: keras.Model) -> None:
    """Refuse a graph with a loop, which is what recurrent layers of Keras are.

    Raises:
        UserError: names the first one's layer.
    """
    loop = next((node for node in traced_nodes(graph) if node.op in _LOOPS), None)
    if loop:
        raise UserError(
            f"the int8 model is not written: expected layers that have an integer form, "
            f"{with_layer(graph, loop.name)} is a loop, which has none: replace the layer, "
            "by a convolution or pooling for one",
            exit_code=REFUSED,
        )
