"""What a person is told of a camera's state: each change once, and no fault again and again."""

import re
from collections.abc import Callable

from plant_device.camera.states import FAULTS, CameraState, CameraStatus
from plant_device.contract.counted import counted


def status_in_words(status: CameraStatus) -> str:
    """What a camera is doing, in one line."""
    cause = f" ({status.cause})" if status.cause else ""
    damaged = f", {status.damaged} damaged" if status.damaged else ""
    return (
        f"camera {status.state}{cause}, {counted(status.frames, 'frame')}, "
        f"{status.dropped} dropped{damaged}"
    )


class CameraReport:
    """Listens to a camera and says what has changed.

    A camera that stays away, or comes back for moments, fails every few seconds in the same way:
    that is said once, until it has been sound again. The last word is never of a fault that is
    over.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: set[tuple[CameraState, str]] = {("running", "")}
        self._last: CameraState = "running"
        self._damage: set[str] = set()

    def __call__(self, status: CameraStatus) -> None:
        """Hear of a change."""
        if status.state not in FAULTS | {"running"}:
            return
        if status.state in FAULTS and status.failures == 1:
            self._told = set()
        # The same fault may count other bytes each time.
        told = status.state, re.sub("[0-9]+", "0", status.cause)
        over = status.state == "running" and not status.failures and self._last != "running"
        if told in self._told and not over:
            return
        self._told.add(told)
        self._last = status.state
        cause = f": {status.cause}" if status.cause else ""
        again = "; it is opened again" if status.state in FAULTS else ""
        self._say(f"camera {status.state}{cause}{again}")

    def damaged(self, reason: str) -> None:
        """Hear of pictures that cannot be used: the same of a camera is said once."""
        if reason not in self._damage:
            self._damage.add(reason)
            self._say(f"error: {reason}")
