"""SIGTERM, as systemd ends a service: an end in order, as after Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from plant_device.contract.errors import TERMINATED


@contextmanager
def termination_in_order() -> Iterator[None]:
    """Within it SIGTERM raises `SystemExit(TERMINATED)` in the main thread.

    So what was begun is closed, and a summary written. What an orderly end cannot reach, native
    code that does not return, systemd ends by SIGKILL.
    """
    former = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _raise(number: int, frame: FrameType | None) -> None:
    # `timeout`, for one, signals a process and then its group: once is enough.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(TERMINATED)
