"""Who prints what `plant-device run` sees: `in_words.py` for people, `in_json.py` for machines."""

import errno
import sys
from functools import cache
from typing import Protocol

from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.contract.command_line import forget_unwritten, say
from plant_device.service.loop import Observation


class Telling(Protocol):
    """Tells what a loop sees and what came of it."""

    def __call__(self, seen: Observation) -> None:
        """Of each frame that was looked at."""

    def leaf(self, number: int, leaves: int, answer: Answer | None) -> None:
        """Of each leaf of an inspection."""

    def verdict(self, verdict: Verdict) -> None:
        """Of each inspection's end."""


def put(line: str) -> None:
    """Print a line at once; where standard output is a file on a full disk, it is lost: told once.

    Raises:
        BrokenPipeError: who read it has gone.
    """
    try:
        print(line, flush=True)
    except OSError as error:
        # A full disk never stops classification.
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        forget_unwritten(sys.stdout)
        _tell_of_loss(error.strerror)


@cache
def _tell_of_loss(reason: str) -> None:
    say(f"results are lost, standard output takes none ({reason}); classification goes on")
