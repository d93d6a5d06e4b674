"""Which of the frames that are seen become records."""

import math
from collections.abc import Callable
from datetime import datetime, timezone

from plant_device.classify.classifier import classified_line
from plant_device.classify.smoothing import Answer
from plant_device.service.loop import Observation
from plant_device.store.store import Store


class Keeping:
    """Listens to a loop and keeps a record of each answer that comes to be shown.

    Pictures that have nothing to do with one another are kept each. A disk that is full or cannot
    be written is told, once for each reason, and stops nothing; what was lost is counted.
    """

    def __init__(self, store: Store, model: str, say: Callable[[str], None]) -> None:
        """Keep in a store what the model of this sha256 says."""
        self._store = store
        self._model = model
        self._say = say
        self._shown: Answer | None = None
        self._told: set[str] = set()
        self.count = 0
        self.lost = 0

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        shown, before = seen.smoothed.shown, self._shown
        self._shown = shown
        if shown is None or (shown == before and math.isfinite(seen.frame.duration)):
            return
        line = classified_line(seen.frame.origin, seen.classified, seen.frame.index)
        try:
            self._store.keep(
                seen.frame.picture[:, :, ::-1], line, self._model, datetime.now(timezone.utc)
            )
        except OSError as error:
            self.lost += 1
            reason = error.strerror or str(error)
            if reason not in self._told:
                self._told.add(reason)
                self._say(f"no record is kept ({reason}); classification goes on")
        else:
            self.count += 1
