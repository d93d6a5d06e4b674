"""Progress of long work, on stderr: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plant_device.contract.command_line import say

_LINE_EVERY_SECONDS = 15.0

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Pass the items on, and show how many of `total` are done."""
    meter = Meter(total, what)
    with meter:
        for item in items:
            yield item
            meter.advance()


class Meter:
    """Shows how far a known amount of work has come; a context manager."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what, self._done = total, what, 0
        self._started = self._said = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task(what, total=total, note="")

    def __enter__(self) -> "Meter":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @property
    def done(self) -> int:
        """Steps that were counted."""
        return self._done

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Count `steps` as done; `note` is shown beside the bar."""
        self._done += steps
        self._bar.update(self._task, advance=steps, note=note)
        now = time.monotonic()
        if self._bar.disable and now - self._said > _LINE_EVERY_SECONDS:
            self._said = now
            left = (now - self._started) / self._done * (self._total - self._done)
            ending = f"  {note}" if note else ""
            say(f"{self._what}: {self._done}/{self._total}, {left:.0f} s left{ending}")
