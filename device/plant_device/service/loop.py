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

Listener = Callable[[Frame, Classified], None]


@dataclass(frozen=True)
class Ended:
    """How a loop came to its end."""

    frames: int
    reason: Literal["source ended", "frame limit"]


def run_loop(
    source: Source, classifier: Classifier, listeners: Sequence[Listener], frame_limit: int | None
) -> Ended:
    """Classify each frame and hand the outcome to the listeners, in their order."""
    done = 0
    for frame in islice(source.frames(), frame_limit):
        # Frames are BGR as OpenCV gives them, networks take RGB.
        outcome = classifier.classify(frame.picture[:, :, ::-1])
        for listener in listeners:
            listener(frame, outcome)
        done += 1
    return Ended(done, "frame limit" if done == frame_limit else "source ended")
