from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest

from plant_train.interruption import interruptible


class _Finaliser:
    """Gets the signal while it is finalised, where Python drops exceptions."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def _default_handler() -> Iterator[None]:
    # Whoever runs the tests in the background has SIGINT ignored.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_that_was_dropped_is_raised_at_the_next_step() -> None:
    with interruptible() as raise_if_interrupted:
        raise_if_interrupted()
        _Finaliser()
        gc.collect()
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()


def test_a_ctrl_c_elsewhere_is_raised_at_once() -> None:
    with interruptible(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_the_former_handler_comes_back() -> None:
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_it_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible() as raise_if_interrupted:
        os.kill(os.getpid(), signal.SIGINT)
        raise_if_interrupted()
