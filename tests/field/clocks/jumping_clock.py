"""A board's clock, which can be set to any time while a service goes by it."""

import time
from datetime import datetime
from pathlib import Path


class JumpingClock:
    """What a service started by `program` takes for the time of day.

    The time since the board's start is left alone, as a board leaves it.
    """

    def __init__(self, scratch: Path) -> None:
        self._offset = scratch / "offset"
        self.program = (str(Path(__file__).with_name("run_by_clock.py")), str(self._offset))

    def jump_to(self, moment: datetime) -> None:
        """Go on from there."""
        unfinished = self._offset.with_suffix(".new")
        unfinished.write_text(f"{moment.timestamp() - time.time()}\n")
        unfinished.rename(self._offset)
