"""What `plant-device run --json` prints for machines. Documented in docs/json.md."""

from plant_device.classify.line import classified_line
from plant_device.classify.smoothing import Answer
from plant_device.classify.verdict_line import verdict_line
from plant_device.classify.vote import Verdict
from plant_device.service.loop import Observation
from plant_device.service.telling import put


class InJson:
    """One JSON line a frame."""

    def __call__(self, seen: Observation) -> None:
        """Print a frame's line."""
        line = classified_line(
            seen.frame.origin, seen.classified, seen.frame.index, seen.smoothed, seen.concluded
        )
        put(line.model_dump_json(exclude_none=True))

    def leaf(self, number: int, leaves: int, answer: Answer | None) -> None:
        """Its frame's line has said it."""

    def verdict(self, verdict: Verdict) -> None:
        """Print the verdict's line."""
        put(verdict_line(verdict).model_dump_json(exclude_none=True))
