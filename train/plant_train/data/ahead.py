"""Work on pictures on threads, ahead of whoever takes its results.

OpenCV and NumPy let go of Python's lock while they work, so threads do; their share is measured
in benchmarks/.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cv2

_AHEAD = 4

Made = TypeVar("Made")


def made_ahead(make: Callable[[int], Made], steps: int) -> Iterator[Made]:
    """`make(0)`, `make(1)` …, each made before it is asked for."""
    # One thread a picture is enough: OpenCV's own would only wait for each other.
    cv2.setNumThreads(1)
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        waiting: deque[Future[Made]] = deque()
        for step in range(steps):
            waiting.append(pool.submit(make, step))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
