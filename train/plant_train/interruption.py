"""Ctrl-C that no library can swallow."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Within it a SIGINT raises KeyboardInterrupt, if need be later.

    Python drops an exception that a signal raises while a finaliser runs, and TensorFlow has many:
    a Ctrl-C that met one printed a traceback, and the training went on.

    Yields:
        what raises KeyboardInterrupt if there was a SIGINT; to be called at each step.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        if callable(former):
            former(number, frame)

    def check() -> None:
        if interrupted:
            raise KeyboardInterrupt

    former = signal.getsignal(signal.SIGINT)
    # Shells start background jobs with SIGINT ignored; then it stays so.
    if former is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, former)
