"""The end of the wire that the processes have which show the device."""

import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from typing import Any

from plant_device.contract.errors import UserError
from plant_device.live.orders import NextFrame, NextState, Order
from plant_device.live.state import LiveState
from plant_device.live.wire import receive, send

# Beyond what an order itself waits.
_ANSWER_SECONDS = 10.0


class Link:
    """Asks the service; any thread may, and each waits for its own answer.

    Args:
        channel: a socket whose other end is the service's.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.begun, _ = receive(channel)
        """What the service has said of the start: settings, as JSON."""
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[tuple[Any, bytes]]] = {}
        self._numbers = 0
        self._ended = threading.Event()
        threading.Thread(target=self._receive, name="link", daemon=True).start()

    def ask(self, order: Order, seconds: float = _ANSWER_SECONDS) -> tuple[Any, bytes]:
        """Have an order carried out; what comes of it, and bytes that belong to it.

        Raises:
            UserError: the service's own words on why not.
            OSError: the device's disk is full, or cannot be written.
            TimeoutError: no answer within `seconds`.
            EOFError: the service is gone.
        """
        answer: Future[tuple[Any, bytes]] = Future()
        with self._sending:
            if self._ended.is_set():
                raise EOFError("the service is gone")
            self._numbers += 1
            number = self._numbers
            self._waiting[number] = answer
            try:
                send(self._channel, {"number": number, "order": order.model_dump()})
            except OSError:
                raise EOFError("the service is gone") from None
        try:
            return answer.result(seconds)
        except NotYet:
            raise TimeoutError(f"no answer of the service within {seconds:g} s") from None
        finally:
            self._waiting.pop(number, None)

    def state(self, version: int = -1, seconds: float = 10.0) -> LiveState:
        """What the device does, once that is another version, or after so many seconds.

        Raises:
            TimeoutError, EOFError: as of `ask`.
        """
        told, _ = self.ask(
            NextState(version=version, seconds=seconds), seconds=seconds + _ANSWER_SECONDS
        )
        return LiveState.model_validate(told)

    def jpeg(self, after: int = -1, width: int = 640, seconds: float = 5.0) -> tuple[int, bytes]:
        """The newest frame and its number, once it is another one than `after`.

        Args:
            width: pixels at most.

        Raises:
            UserError: no other frame came within `seconds`; what the camera is doing.
            TimeoutError, EOFError: as of `ask`.
        """
        number, jpeg = self.ask(
            NextFrame(after=after, width=width, seconds=seconds), seconds=seconds + _ANSWER_SECONDS
        )
        return int(number), jpeg

    def fail(self, words: str) -> None:
        """Tell the service why this process ends."""
        with suppress(OSError), self._sending:
            send(self._channel, {"failed": words})

    def close(self) -> None:
        """Ask nothing more; who waits for an answer gets EOFError."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)

    def wait_for_end(self) -> None:
        """Return when the service is gone."""
        self._ended.wait()

    def _receive(self) -> None:
        try:
            while True:
                head, body = receive(self._channel)
                answer = self._waiting.get(head["number"])
                if answer is None:
                    continue
                if "fault" in head:
                    answer.set_exception(UserError(head["fault"]))
                elif "disk" in head:
                    answer.set_exception(OSError(head["disk"]))
                else:
                    answer.set_result((head["answer"], body))
        except EOFError:
            with self._sending:
                self._ended.set()
            for answer in list(self._waiting.values()):
                if not answer.done():
                    answer.set_exception(EOFError("the service is gone"))
