"""Who prints what `plant-device run` sees: `in_words.py` for people, `in_json.py` for machines."""

from typing import Protocol

from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.service.loop import Observation


class Telling(Protocol):
    """Tells what a loop sees and what came of it."""

    def __call__(self, seen: Observation) -> None:
        """Of each frame that was looked at."""

    def leaf(self, number: int, answer: Answer | None) -> None:
        """Of each leaf of an inspection."""

    def verdict(self, verdict: Verdict) -> None:
        """Of each inspection's end."""
