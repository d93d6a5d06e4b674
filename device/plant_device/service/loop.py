"""The loop that turns a source's frames into decisions.

It stops when the source ends (`source ended`), when the asked number of frames is done
(`frame limit`), or on Ctrl-C (`KeyboardInterrupt`, left to the caller).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Protocol

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.classify.smoothing import Smoothed, Smoothing, answer_of, smoothed
from plant_device.contract.geometry import Picture
from plant_device.service.attention import Attention, Look


@dataclass(frozen=True)
class Observation:
    """A frame that was looked at.

    Args:
        classified: what it was taken for.
        smoothed: what the look says with it.
        concluded: whether that is an answer that counts, rather than one on the way to it.
    """

    frame: Frame
    classified: Classified
    smoothed: Smoothed
    concluded: bool


Listener = Callable[[Observation], None]


class Films(Protocol):
    """What the loop needs of a camera."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames in order."""


class Classifies(Protocol):
    """What the loop needs of a classifier."""

    def classify(self, picture: Picture) -> Classified:
        """Classify one RGB picture, uint8 [H, W, 3]."""


@dataclass(frozen=True)
class Ended:
    """How a loop came to its end."""

    frames: int
    reason: Literal["source ended", "frame limit"]


def run_loop(
    source: Films,
    classifier: Classifies,
    listeners: Sequence[Listener],
    frame_limit: int | None,
    smoothing: Smoothing,
    attention: Attention,
) -> Ended:
    """Classify the frames that attention is paid to, and hand what came of each to the listeners.

    Frames that nobody looks at count, and cost no more than the camera's own work.
    """
    done, look = 0, None
    for frame in islice(source.frames(), frame_limit):
        done += 1
        if look:
            attention.goes_on(frame)
        elif not attention.begins(frame):
            continue
        # Frames are BGR as OpenCV gives them, networks take RGB.
        classified = classifier.classify(frame.picture[:, :, ::-1])
        look = _looked(look, frame, classified, smoothing)
        concluded = attention.concluded(look)
        for listener in listeners:
            listener(Observation(frame, classified, look.smoothed, concluded))
        if attention.over(look):
            look = None
    return Ended(done, "frame limit" if done == frame_limit else "source ended")


def _looked(
    before: Look | None, frame: Frame, classified: Classified, smoothing: Smoothing
) -> Look:
    look = before or Look()
    answer = answer_of(classified.prediction, classified.decision)
    return Look(
        smoothed=smoothed(look.smoothed, answer, frame.duration, smoothing),
        before=look.smoothed.shown,
        # A look's time begins with its first frame, unless that is a picture by itself.
        seconds=look.seconds + frame.duration if before or math.isinf(frame.duration) else 0.0,
    )
