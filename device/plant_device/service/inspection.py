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
        on_leaf: told of each leaf that counts: its number from 1, how many are asked for, its
            answer.
        on_verdict: each told of each verdict.
    """

    def __init__(
        self,
        leaves: int,
        on_leaf: Callable[[int, int, Answer | None], None],
        on_verdict: Sequence[Callable[[Verdict], None]],
    ) -> None:
        self.asked = leaves
        self._on_leaf = on_leaf
        self._on_verdict = on_verdict
        self.answers: tuple[Answer | None, ...] = ()
        """Of the leaves since the last verdict; None where frames disagreed."""
        self.verdict: Verdict | None = None
        """The last one."""

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        answer = seen.smoothed.shown
        if not seen.concluded or (answer and answer.kind == "not_leaf"):
            return
        self.answers += (answer,)
        self._on_leaf(len(self.answers), self.asked, answer)
        if len(self.answers) == self.asked:
            self.verdict = vote(self.answers)
            for listener in self._on_verdict:
                listener(self.verdict)
            self.answers = ()
