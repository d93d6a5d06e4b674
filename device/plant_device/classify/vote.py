"""From the answers of several leaves to one for the plant: a pure function, tested directly.

A plant shows a disease on some leaves and not on others, and a net names a single picture wrongly
more often than the most of six.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plant_device.classify.smoothing import Answer


@dataclass(frozen=True)
class Verdict:
    """What several leaves say together.

    Args:
        answer: that at least half of the leaves gave, and more of them than any other; None where
            there is none, or where most leaves were unsure.
        votes: each answer with the number of leaves that gave it, the most first; None stands for
            leaves of which nothing could be said.
    """

    answer: Answer | None
    votes: tuple[tuple[Answer | None, int], ...]

    @property
    def leaves(self) -> int:
        """How many there were."""
        return sum(number for _, number in self.votes)


def vote(answers: Sequence[Answer | None]) -> Verdict:
    """Count what leaves were taken for; an unsure leaf votes for no class.

    Args:
        answers: one a leaf; None where its frames disagreed.
    """
    named = [answer if answer and answer.leaf else None for answer in answers]
    votes = tuple(Counter(named).most_common())
    if not votes:
        return Verdict(None, ())
    (first, most), others = votes[0], votes[1:]
    tied = bool(others) and others[0][1] == most
    return Verdict(first if not tied and 2 * most >= len(answers) else None, votes)
