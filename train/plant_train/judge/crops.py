"""Which parts of a leaf picture a network is asked about when it is judged."""

from dataclasses import dataclass

from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Geometry

COUNTS = (1, 2, 10)


@dataclass(frozen=True)
class Crop:
    """An S x S part of the stored leaf picture: its first row and column, and its direction."""

    top: int
    left: int
    mirrored: bool


def known_count(count: int) -> int:
    """The same count, if so many crops are defined.

    Raises:
        UserError: they are not.
    """
    if count not in COUNTS:
        raise UserError(f"expected 1, 2 or 10 crops, received: {count}")
    return count


def crops_of(geometry: Geometry, count: int) -> tuple[Crop, ...]:
    """1: the centre, as on the device. 2: and its mirror image. 10: ILSVRC's ten.

    The ten are the corners and the centre with their mirror images; Krizhevsky 2012, 4.1.

    Raises:
        UserError: another count.
    """
    known_count(count)
    centre, edge = geometry.centre.start, geometry.stored_side - geometry.input_side
    corners = [(0, 0), (0, edge), (edge, 0), (edge, edge)] if count == 10 else []
    return tuple(
        Crop(top, left, mirrored)
        for mirrored in ((False,) if count == 1 else (False, True))
        for top, left in [(centre, centre), *corners]
    )
