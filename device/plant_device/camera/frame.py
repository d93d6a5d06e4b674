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


@dataclass(frozen=True)
class Damaged:
    """Pictures in a row that cannot be used; the source goes on behind them.

    Args:
        reason: in one line, the same for all of them; no password is in it.
    """

    reason: str
    number: int = 1


class Source(Protocol):
    """A camera or what stands for one; its frames end when the source does."""

    @property
    def live(self) -> bool:
        """Whether frames come at their own pace, taken or not, so that the newest is wanted."""

    def frames(self) -> Iterator[Frame | Damaged]:
        """Open the source and yield frames in order, and in their places those that are damaged.

        Raises:
            UserError: the source cannot be opened or read.
        """
