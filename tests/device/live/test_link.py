import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from plant_device.contract.errors import UserError
from plant_device.live.link import Link
from plant_device.live.orders import ORDER, NextFrame, Photograph, ShowSettings
from plant_device.live.wire import receive, send

Ends = tuple[Link, socket.socket]


@pytest.fixture
def ends() -> Iterator[tuple[Link, socket.socket]]:
    """A link, and the service's end of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(ours, {"settings": {}})
        yield Link(theirs), ours


def test_each_waits_for_its_own_answer_whatever_their_order(ends: Ends) -> None:
    link, service = ends
    with ThreadPoolExecutor(2) as pool:
        photograph = pool.submit(link.ask, Photograph())
        first, _ = receive(service)
        frame = pool.submit(link.jpeg, 3)
        second, _ = receive(service)
        assert ORDER.validate_python(first["order"]) == Photograph()
        assert ORDER.validate_python(second["order"]) == NextFrame(after=3)
        send(service, {"number": second["number"], "answer": 4}, b"jpeg")
        assert frame.result(5) == (4, b"jpeg")
        assert not photograph.done()
        send(service, {"number": first["number"], "answer": 7})
        assert photograph.result(5) == (7, b"")


def test_the_services_own_words_reach_who_asked(ends: Ends) -> None:
    link, service = ends
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(link.ask, ShowSettings())
        head, _ = receive(service)
        send(service, {"number": head["number"], "fault": "the camera is away"})
        with pytest.raises(UserError, match="the camera is away"):
            asked.result(5)


def test_a_full_disk_of_the_service_is_a_fault_of_its_own(ends: Ends) -> None:
    link, service = ends
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(link.ask, ShowSettings())
        head, _ = receive(service)
        send(service, {"number": head["number"], "disk": "No space left on device"})
        with pytest.raises(OSError, match="No space left on device"):
            asked.result(5)


def test_an_answer_that_does_not_come_is_a_timeout_and_a_late_one_harms_nobody(
    ends: Ends,
) -> None:
    link, service = ends
    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        link.ask(Photograph(), seconds=0.01)
    head, _ = receive(service)
    send(service, {"number": head["number"], "answer": 1})
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(link.ask, ShowSettings())
        head, _ = receive(service)
        send(service, {"number": head["number"], "answer": 2})
        assert asked.result(5) == (2, b"")


def test_a_service_that_goes_away_is_told_to_who_waits_and_to_who_asks_later(
    ends: Ends,
) -> None:
    link, service = ends
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(link.ask, Photograph())
        receive(service)
        service.close()
        with pytest.raises(EOFError):
            asked.result(5)
    link.wait_for_end()
    with pytest.raises(EOFError):
        link.ask(Photograph())


def test_who_waits_for_an_answer_is_told_that_the_link_was_closed(ends: Ends) -> None:
    link, service = ends
    with ThreadPoolExecutor(1) as pool:
        state = pool.submit(link.state, 0, 60.0)
        receive(service)
        link.close()
        with pytest.raises(EOFError, match="the service is gone"):
            state.result(30)
    with pytest.raises(EOFError):
        link.ask(ShowSettings())
