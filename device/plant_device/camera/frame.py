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
        origin: what the picture came from, for records and messages; no password is in it.
        picture: BGR uint8 [H, W, 3].
        duration: seconds since the frame before, by the source's own clock; infinite for pictures
            that have nothing to do with one another.
        dropped: frames between the one before and this one that nobody took.
    """

    index: int
    origin: str
    picture: Picture
    duration: float
    dropped: int = 0


class Source(Protocol):
    """A camera or what stands for one; its frames end when the source does."""

    @property
    def live(self) -> bool:
        """Whether frames come at their own pace, taken or not, so that the newest is wanted."""

    def frames(self) -> Iterator[Frame]:
        """Open the source and yield frames in order.

        Raises:
            UserError: the source cannot be opened or read.
        """
