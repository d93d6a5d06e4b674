"""The mode that the device is in, which may be changed while it runs."""

from collections.abc import Callable, Sequence

from plant_device.camera.frame import Frame
from plant_device.classify.smoothing import Answer
from plant_device.classify.vote import Verdict
from plant_device.service.attention import Attention, Look
from plant_device.service.inspection import Inspection
from plant_device.service.loop import Observation
from plant_device.service.modes import attention_of
from plant_device.service.settings import DecisionSettings
from plant_device.service.triggers.button import Button


class CurrentMode:
    """Pays the attention that the mode asks for, and counts leaves where the mode does.

    Args:
        decision: the mode, and what belongs to it.
        asked: the button of who asks for an answer now, whatever the mode.
        on_leaf: told of each leaf of an inspection: its number, how many are asked for, its answer.
        on_verdict: each told of each verdict.
    """

    def __init__(
        self,
        decision: DecisionSettings,
        asked: Button,
        on_leaf: Callable[[int, int, Answer | None], None],
        on_verdict: Sequence[Callable[[Verdict], None]],
    ) -> None:
        self._asked = asked
        self._on_leaf = on_leaf
        self._on_verdict = on_verdict
        self._next: tuple[DecisionSettings, Attention, Inspection | None] | None = None
        self._taken_over = False
        self.decision, self._attention, self.inspection = self._parts(decision)

    def change(self, decision: DecisionSettings) -> None:
        """Take over another mode at the next frame; from any thread."""
        self._next = self._parts(decision)

    def begins(self, frame: Frame) -> bool:
        """As the mode says."""
        self._take_over()
        self._taken_over = False
        return self._attention.begins(frame)

    def goes_on(self, frame: Frame) -> None:
        """As the mode says; of a look that another mode began this is the last frame."""
        self._attention.goes_on(frame)
        self._take_over()

    def concluded(self, look: Look) -> bool:
        """As the mode says."""
        return not self._taken_over and self._attention.concluded(look)

    def over(self, look: Look) -> bool:
        """As the mode says."""
        return self._taken_over or self._attention.over(look)

    def __call__(self, seen: Observation) -> None:
        """Count a leaf, in a mode that does."""
        if self.inspection:
            self.inspection(seen)

    def _take_over(self) -> None:
        if self._next:
            (self.decision, self._attention, self.inspection), self._next = self._next, None
            self._taken_over = True

    def _parts(
        self, decision: DecisionSettings
    ) -> tuple[DecisionSettings, Attention, Inspection | None]:
        attention = attention_of(decision, self._asked)
        counts = decision.mode == "inspect"
        inspection = (
            Inspection(decision.leaves, self._on_leaf, self._on_verdict) if counts else None
        )
        return decision, attention, inspection
