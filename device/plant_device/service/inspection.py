"""Several leaves of one plant, looked at one after the other, and one verdict."""

from collections.abc import Callable, Sequence

from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict, vote
from plant_device.service.loop import Observation


class Inspection:
    """Listens to a loop of looks, counts the leaves among them, and votes; then begins anew.

    What is not a leaf does not count; a leaf of which nothing could be said does.

    Args:
        leaves: how many a verdict takes.
        on_leaf: told of each leaf that counts, with its number from 1.
        on_verdict: each told of each verdict.
    """

    def __init__(
        self,
        leaves: int,
        on_leaf: Callable[[int, Answer | None], None],
        on_verdict: Sequence[Callable[[Verdict], None]],
    ) -> None:
        self._asked = leaves
        self._on_leaf = on_leaf
        self._on_verdict = on_verdict
        self._answers: list[Answer | None] = []

    @property
    def unfinished(self) -> int:
        """How many leaves were looked at since the last verdict."""
        return len(self._answers)

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        answer = seen.smoothed.shown
        if not seen.concluded or (answer and answer.kind == "not_leaf"):
            return
        self._answers.append(answer)
        self._on_leaf(len(self._answers), answer)
        if len(self._answers) == self._asked:
            verdict = vote(self._answers)
            for listener in self._on_verdict:
                listener(verdict)
            self._answers = []
