"""What live sources have in common: frames are timed as they come."""

import time
from collections.abc import Iterable, Iterator

from plant_device.camera.frame import Damaged, Frame
from plant_device.contract.geometry import Picture


def timed(pictures: Iterable[Picture | Damaged], origin: str) -> Iterator[Frame | Damaged]:
    """Frames of pictures BGR uint8 [H, W, 3], with the seconds between their arrivals."""
    before: float | None = None
    for index, picture in enumerate(pictures):
        if isinstance(picture, Damaged):
            yield picture
            continue
        now = time.monotonic()
        yield Frame(index, origin, picture, 0.0 if before is None else now - before)
        before = now
