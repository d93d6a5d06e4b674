"""From a foreign network to a model file: the same conversion and gate as for a run."""

from functools import partial

from plant_convert.build import convert
from plant_convert.converted import Converted
from plant_convert.foreign.description import Description
from plant_convert.foreign.origin import foreign_origin
from plant_convert.order import Order
from plant_convert.room import require_room_to_convert


def build_foreign(order: Order, description: Description) -> Converted:
    """Convert, check on held-out pictures of the order's data, write.

    Raises:
        UserError: the network or the data are not usable, a disk has no room, an op is not
            integer, or the gate said no.
    """
    check = partial(require_room_to_convert, order=order)
    return convert(foreign_origin(order.run, order.data, description, check), order)
