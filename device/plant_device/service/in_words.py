"""What `plant-device run` prints for people."""

from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.service.loop import Observation
from plant_device.service.telling import put
from plant_device.texts.texts import Texts
from plant_device.texts.words import answer_in_words, leaf_in_words, sentence, verdict_in_words


class InWords:
    """One line a frame, an arrow for what frames say together."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._shown: Answer | None = None

    def __call__(self, seen: Observation) -> None:
        """Print a frame's line, and what is shown where that has changed or counts."""
        told = sentence(seen.classified, self._texts)
        put(f"{seen.frame.index:6d}  {seen.classified.ms:6.1f} ms  {told}")
        shown, before = seen.smoothed.shown, self._shown
        self._shown = shown
        if shown != before or (seen.concluded and shown is None):
            put(f"        → {answer_in_words(shown, self._texts)}")

    def leaf(self, number: int, leaves: int, answer: Answer | None) -> None:
        """Print how far an inspection is."""
        put(leaf_in_words(number, leaves, answer, self._texts))

    def verdict(self, verdict: Verdict) -> None:
        """Print what the leaves say together."""
        put(verdict_in_words(verdict, self._texts))
