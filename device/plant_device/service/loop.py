"""The loop that turns a source's frames into decisions.

It stops when the source ends (`source ended`), when the asked number of frames is done
(`frame limit`), or on Ctrl-C (`KeyboardInterrupt`, left to the caller).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from plant_device.camera.frame import Frame, Source
from plant_device.classify.classifier import Classified, Classifier
from plant_device.classify.smoothing import Smoothed, Smoothing, answer_of, smoothed


@dataclass(frozen=True)
class Observation:
    """A frame, what it was taken for, and what the last moments say with it."""

    frame: Frame
    classified: Classified
    smoothed: Smoothed


Listener = Callable[[Observation], None]


@dataclass(frozen=True)
class Ended:
    """How a loop came to its end."""

    frames: int
    reason: Literal["source ended", "frame limit"]


def run_loop(
    source: Source,
    classifier: Classifier,
    listeners: Sequence[Listener],
    frame_limit: int | None,
    smoothing: Smoothing,
) -> Ended:
    """Classify each frame and hand what came of it to the listeners, in their order."""
    done, state = 0, Smoothed()
    for frame in islice(source.frames(), frame_limit):
        # Frames are BGR as OpenCV gives them, networks take RGB.
        classified = classifier.classify(frame.picture[:, :, ::-1])
        answer = answer_of(classified.prediction, classified.decision)
        state = smoothed(state, answer, frame.duration, smoothing)
        for listener in listeners:
            listener(Observation(frame, classified, state))
        done += 1
    return Ended(done, "frame limit" if done == frame_limit else "source ended")
