"""Answers that somebody asks for now, kept as records whatever they are."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress

from plant_device.contract.errors import UserError
from plant_device.service.loop import Observation
from plant_device.service.triggers.button import Button


class Photographs:
    """Listens to a loop, behind what keeps its records, and hands the next one to who waits.

    Args:
        asked: the button that has the loop come to an answer.
        newest: the number of the record that was kept last; None where it could not be.
        camera: what it is doing, in words.
    """

    def __init__(
        self, asked: Button, newest: Callable[[], int | None], camera: Callable[[], str]
    ) -> None:
        self._asked = asked
        self._newest = newest
        self._camera = camera
        self._waiting: list[Future[int | None]] = []

    def take(self, seconds: float) -> int:
        """Wait for the next answer, and give its record's number; from any thread.

        Raises:
            UserError: none came in time, or it could not be kept.
        """
        record: Future[int | None] = Future()
        self._waiting.append(record)
        self._asked.press()
        try:
            number = record.result(seconds)
        except NotYet:
            raise UserError(
                f"expected a picture of the camera within {seconds:g} s, received none: "
                f"{self._camera()}"
            ) from None
        finally:
            with suppress(ValueError):
                self._waiting.remove(record)
        if number is None:
            raise UserError("the answer could not be kept: see the device's events")
        return number

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        if self._waiting and not seen.concluded:
            # A change of mode cuts a look off, and what was pressed with it: the next begins now.
            self._asked.press()
        while self._waiting and seen.concluded:
            self._waiting.pop().set_result(self._newest())
