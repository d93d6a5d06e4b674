"""A frame's geometry beside the bare `cv2.resize` that it contains.

    python benchmarks/geometry.py

Asked: at most 1.3 times.
"""

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np

from plant_device.contract.geometry import Geometry, centre_crop, leaf_picture

_FRAMES = ((1280, 720), (1920, 1080), (640, 480))


def _seconds(call: Callable[[], object], calls: int) -> float:
    found = []
    for _ in range(calls):
        begun = time.perf_counter()
        call()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def main() -> None:
    """Measure in turns, and print a table."""
    geometry = Geometry(227)
    stored = (geometry.stored_side, geometry.stored_side)
    print("frame         resize ms  geometry ms  ratio")
    for width, height in _FRAMES:
        frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        # As the loop has it: RGB seen in BGR's memory.
        picture = frame[:, :, ::-1]
        left = (width - height) // 2
        square = np.ascontiguousarray(frame[:, left : left + height])
        bare, ours = [], []
        for _ in range(15):
            bare.append(
                _seconds(lambda: cv2.resize(square, stored, interpolation=cv2.INTER_AREA), 30)  # noqa: B023
            )
            ours.append(
                _seconds(lambda: centre_crop(leaf_picture(picture, geometry), geometry), 30)  # noqa: B023
            )
        first, second = statistics.median(bare) * 1e3, statistics.median(ours) * 1e3
        print(f"{width:4d} x {height:<4d}  {first:9.3f}  {second:11.3f}  {second / first:5.2f}")


if __name__ == "__main__":
    main()
