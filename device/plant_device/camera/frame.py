"""What every source gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from plant_device.contract.geometry import Picture


@dataclass(frozen=True)
class Frame:
    """One camera picture.

    Args:
        index: 0-based count of the source's frames.
        origin: what the picture came from, for records and messages.
        picture: BGR uint8 [H, W, 3].
        duration: seconds since the frame before, by the source's own clock; infinite for pictures
            that have nothing to do with one another.
    """

    index: int
    origin: str
    picture: Picture
    duration: float


class Source(Protocol):
    """A camera or what stands for one; its frames end when the source does."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames in order.

        Raises:
            UserError: the source cannot be opened or read.
        """
