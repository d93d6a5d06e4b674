"""From a foreign network to a model file: the same conversion and gate as for a run."""

from plant_convert.build import Order, convert
from plant_convert.foreign.description import Description
from plant_convert.foreign.origin import foreign_origin
from plant_convert.gate import Comparison


def build_foreign(order: Order, description: Description) -> Comparison:
    """Convert, check on held-out pictures of the order's data, write.

    Returns:
        the figures on the held-out pictures.

    Raises:
        UserError: the network or the data are not usable, an op is not integer, or the gate said
            no.
    """
    return convert(foreign_origin(order.run, order.data, description), order)
