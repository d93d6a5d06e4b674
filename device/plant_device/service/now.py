"""What the device does now, told to any thread that asks."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from plant_device.camera.frame import Frame
from plant_device.camera.states import CameraStatus
from plant_device.classify.line import classified_line
from plant_device.classify.verdict_line import verdict_line
from plant_device.contract.errors import UserError
from plant_device.live.mode import ModeName
from plant_device.live.state import CameraNow, EventNow, InspectionNow, LeafNow, LiveState, SizeNow
from plant_device.service.inspection import Inspection
from plant_device.service.loop import Films, Observation


class Kept(Protocol):
    """How the store gets on: the last record's number, and how many were kept, and lost."""

    newest: int | None
    count: int
    lost: int


@dataclass(frozen=True)
class Asked:
    """Whom the state is asked of."""

    camera: Callable[[], CameraStatus]
    mode: Callable[[], ModeName]
    inspection: Callable[[], Inspection | None]
    model: Callable[[], str]
    kept: Kept | None


class Now:
    """Hears of all that happens, and counts the changes; a state is made when it is asked for.

    So what nobody looks at costs the loop no more than a number.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._changed = threading.Condition()
        self._version = 0
        self._frame: Frame | None = None
        self._seen: Observation | None = None
        self._event: EventNow | None = None
        self._ended = False

    def watched(self, films: Films) -> "Watched":
        """The same camera; each of its frames is heard of."""
        return Watched(films, self._hear_frame)

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame that was looked at, when all others have."""
        self._seen = seen
        self.changed()

    def event(self, kind: str, words: str) -> None:
        """Hear of what happened to the device."""
        self._event = EventNow(kind=kind, words=words)
        self.changed()

    def changed(self) -> None:
        """Count a change."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Nothing happens any more: keep nobody waiting for it."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def state(self, version: int, seconds: float) -> LiveState:
        """What the device does, once it has another version, or after so many seconds.

        Raises:
            UserError: the service ends.
        """
        self._wait(lambda: self._version != version, seconds)
        version = self._version
        camera, seen, kept = self._asked.camera(), self._seen, self._asked.kept
        inspection = self._asked.inspection()
        return LiveState(
            version=version,
            mode=self._asked.mode(),
            camera=CameraNow(
                state=camera.state,
                cause=camera.cause,
                frames=camera.frames,
                dropped=camera.dropped,
            ),
            size=_size(self._frame) if self._frame else None,
            seen=classified_line(
                seen.frame.origin, seen.classified, seen.frame.index, seen.smoothed, seen.concluded
            )
            if seen
            else None,
            inspection=_inspection(inspection) if inspection else None,
            record=kept.newest if kept else None,
            kept=kept.count if kept else 0,
            lost=kept.lost if kept else 0,
            model=self._asked.model(),
            event=self._event,
        )

    def frame(self, after: int, seconds: float) -> Frame | None:
        """The newest frame, once it is another one than `after`; None after so many seconds.

        Raises:
            UserError: the service ends.
        """
        self._wait(lambda: self._frame is not None and self._frame.index != after, seconds)
        newest = self._frame
        return newest if newest and newest.index != after else None

    def _wait(self, until: Callable[[], bool], seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or until(), seconds)
            if self._ended:
                raise UserError("the service ends")

    def _hear_frame(self, frame: Frame) -> None:
        self._frame = frame
        self.changed()


class Watched:
    """A camera, and somebody who hears of each frame before it is handed on."""

    def __init__(self, films: Films, hear: Callable[[Frame], None]) -> None:
        self._films = films
        self._hear = hear

    def frames(self) -> Iterator[Frame]:
        """As of the camera itself."""
        for frame in self._films.frames():
            self._hear(frame)
            yield frame


def _size(frame: Frame) -> SizeNow:
    height, width = frame.picture.shape[:2]
    return SizeNow(width=width, height=height)


def _inspection(inspection: Inspection) -> InspectionNow:
    leaves = [
        LeafNow(
            decision=answer.kind if answer else "unsure",
            label=answer.leaf.label if answer and answer.leaf else None,
        )
        for answer in inspection.answers
    ]
    verdict = inspection.verdict
    return InspectionNow(
        asked=inspection.asked,
        leaves=leaves,
        verdict=verdict_line(verdict).verdict if verdict else None,
    )
