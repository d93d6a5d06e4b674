"""When frames are looked at, and when a look has come to its answer: the modes' common core.

A look is a run of frames that are smoothed into one answer. It begins when something says so, a
clock, a movement, a button, and is over when an answer is steady or patience ends.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

from plant_device.camera.frame import Frame
from plant_device.classify.smoothing import Answer, Smoothed


@dataclass(frozen=True)
class Look:
    """A run of frames so far.

    Args:
        smoothed: what its frames say together.
        before: what was shown before its newest frame.
        seconds: since its first frame, by the source's clock; infinite where its newest frame has
            nothing to do with any other.
    """

    smoothed: Smoothed = field(default_factory=Smoothed)
    before: Answer | None = None
    seconds: float = 0.0


class Attention(Protocol):
    """Decides which frames are looked at."""

    def begins(self, frame: Frame) -> bool:
        """Whether a look begins with this frame; asked of each frame while there is none."""

    def goes_on(self, frame: Frame) -> None:
        """Hears of each further frame of a look."""

    def concluded(self, look: Look) -> bool:
        """Whether its newest frame brought an answer that counts: that is told and kept."""

    def over(self, look: Look) -> bool:
        """Whether nothing is looked at after its newest frame until a look begins anew."""


class Trigger(Protocol):
    """Says when a look begins."""

    def fires(self, frame: Frame) -> bool:
        """Whether it is time; asked of each frame while nothing is looked at."""

    def meanwhile(self, frame: Frame) -> None:
        """Hears of each further frame of a look that it began."""


class Continuous:
    """One look without end; each answer that comes to be shown counts, and any that is asked for.

    Args:
        asked: fires where somebody wants an answer now, whatever it is.
    """

    def __init__(self, asked: Trigger) -> None:
        self._asked = asked
        self._wanted = False

    def begins(self, frame: Frame) -> bool:
        """At once."""
        self._wanted = self._asked.fires(frame)
        return True

    def goes_on(self, frame: Frame) -> None:
        """Somebody may want an answer."""
        self._wanted = self._asked.fires(frame)

    def concluded(self, look: Look) -> bool:
        """An answer is shown that was not before, or that nothing before has to do with."""
        shown = look.smoothed.shown
        new = shown is not None and (shown != look.before or math.isinf(look.seconds))
        return new or self._wanted

    def over(self, look: Look) -> bool:
        """Never."""
        return False


class Looks:
    """Looks that a trigger begins, each with one answer, or none where frames disagree to the end.

    Args:
        trigger: asked while nothing is looked at.
        patience: seconds after which frames that still disagree have had their time.
    """

    def __init__(self, trigger: Trigger, patience: float) -> None:
        self._trigger = trigger
        self._patience = patience

    def begins(self, frame: Frame) -> bool:
        """When the trigger fires."""
        return self._trigger.fires(frame)

    def goes_on(self, frame: Frame) -> None:
        """The trigger hears of it."""
        self._trigger.meanwhile(frame)

    def concluded(self, look: Look) -> bool:
        """An answer is steady, or patience has ended."""
        return look.smoothed.shown is not None or look.seconds >= self._patience

    def over(self, look: Look) -> bool:
        """Each look has one answer."""
        return self.concluded(look)
