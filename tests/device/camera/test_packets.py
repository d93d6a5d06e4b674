import io
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.packets import AtEnd, Failure, Packet, read_packet, write_packet

SOON = 0.05


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def _frame(duration: float) -> Frame:
    # Larger than a pipe holds at once.
    picture = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    return Frame(7, "camera ä", picture, duration, dropped=3)


@pytest.mark.parametrize("duration", [0.25, math.inf])
def test_a_frame_arrives_as_it_was(pipe: tuple[int, int], duration: float) -> None:
    sent = _frame(duration)
    with os.fdopen(os.dup(pipe[1]), "wb") as stream:
        thread = threading.Thread(target=write_packet, args=(stream, sent))
        thread.start()
        received = read_packet(pipe[0], time.monotonic() + 10)
        thread.join()
    assert isinstance(received, Frame)
    np.testing.assert_array_equal(received.picture, sent.picture)
    assert (received.index, received.origin, received.duration, received.dropped) == (
        (sent.index, sent.origin, sent.duration, sent.dropped)
    )


@pytest.mark.parametrize("packet", [Failure("pulled out: ½"), AtEnd(), Damaged("torn", 3)])
def test_what_is_no_frame_arrives_as_it_was(pipe: tuple[int, int], packet: Packet) -> None:
    with os.fdopen(os.dup(pipe[1]), "wb") as stream:
        write_packet(stream, packet)
    assert read_packet(pipe[0], time.monotonic() + 10) == packet


@pytest.mark.parametrize("part", [0, 3, 20, 1000])
def test_a_packet_that_does_not_come_whole_is_waited_for_until_the_deadline(
    pipe: tuple[int, int], part: int
) -> None:
    content = io.BytesIO()
    write_packet(content, _frame(1.0))
    os.write(pipe[1], content.getvalue()[:part])
    with pytest.raises(TimeoutError):
        read_packet(pipe[0], time.monotonic() + SOON)


@pytest.mark.parametrize("part", [0, 3, 20, 1000])
def test_the_other_end_may_go_in_the_midst_of_a_packet(pipe: tuple[int, int], part: int) -> None:
    content = io.BytesIO()
    write_packet(content, _frame(1.0))
    os.write(pipe[1], content.getvalue()[:part])
    os.close(pipe[1])
    with pytest.raises(EOFError):
        read_packet(pipe[0], time.monotonic() + 10)
