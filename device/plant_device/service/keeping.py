"""Which of the frames that are seen become records, and what is done when the disk is full."""

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from plant_device.classify.line import ClassifiedLine, classified_line
from plant_device.classify.verdict_line import verdict_line
from plant_device.classify.vote import Verdict
from plant_device.contract.counted import counted
from plant_device.contract.errors import UserError
from plant_device.service.loop import Observation
from plant_device.store.clock import BoardClock
from plant_device.store.database import is_damage, mend_database
from plant_device.store.disk import NO_ROOM, DiskFaultError, fault_of, free_bytes, usual_floor
from plant_device.store.place.place import Where
from plant_device.store.store import Store, make_room

_RETRY_SECONDS = 60.0
_CLOCK_SECONDS = 5.0
# For each picture that is kept below the floor so many old ones go, at most.
_THINNED = 20
_MOST_LEAVES = 100

Written = TypeVar("Written")


class Keeping:
    """Listens to a loop and keeps a record of each answer that counts.

    Nothing that a disk does stops the loop: what goes wrong is told, once for each reason, and what
    was lost is counted. A database that turns out to be damaged is mended as at the start. Below a
    floor of free space old pictures are thinned, then pictures are no longer kept, and records go
    on.

    Args:
        folder: the store's.
        model_of: the sha256 of the model that classified the frame which is heard of.
        clock: says when.
        where: says where.
        floor: bytes to leave free; None: `usual_floor`.
        say: told what a person should know.

    Raises:
        UserError: the store cannot be opened, and that is not the disk's fault.
    """

    def __init__(
        self,
        folder: Path,
        model_of: Callable[[], str],
        clock: BoardClock,
        where: Where,
        floor: int | None,
        say: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._model_of = model_of
        self._clock = clock
        self._where = where
        self.floor = floor
        """May be changed at any time."""
        self._say = say
        self._told: set[str] = set()
        self._faulty = False
        self._leaves: deque[int | None] = deque(maxlen=_MOST_LEAVES)
        self._mended = False
        self._look_at_clock = 0.0
        self._store: Store | None = None
        self._fault = ""
        self._opened_last = time.monotonic()
        self.newest: int | None = None
        """The last record's number; None where it could not be kept."""
        self.count = 0
        self.lost = 0
        self._lost_before = 0
        self._open()

    def __call__(self, seen: Observation) -> None:
        """Hear of a frame."""
        self._mend_times()
        if not seen.concluded:
            return
        self.newest = number = self._kept(seen)
        if seen.smoothed.shown is None or seen.smoothed.shown.kind != "not_leaf":
            self._leaves.append(number)

    def verdict(self, verdict: Verdict) -> None:
        """Keep what the last leaves say together."""
        leaves = [leaf for leaf in list(self._leaves)[-verdict.leaves :] if leaf is not None]
        words = verdict_line(verdict).model_dump_json(exclude_none=True)
        if self._store:
            try:
                self._written(lambda store: store.keep_verdict(words, leaves))
            except OSError as error:
                self._tell_fault(error)

    def event(self, kind: str, words: str) -> None:
        """Keep that something happened to the device."""
        if self._store:
            try:
                self._written(lambda store: store.keep_event(kind, words, self._clock.now()))
            except OSError as error:
                self._tell_fault(error)

    def _kept(self, seen: Observation) -> int | None:
        def kept_in(store: Store) -> int:
            picture = seen.frame.picture[:, :, ::-1] if self._has_room(store) else None
            line = _concluded_line(seen)
            return store.keep(picture, line, self._model_of(), self._clock.now(), self._where())

        try:
            number = self._written(kept_in)
        except OSError as error:
            self.lost += 1
            self._tell_fault(error)
            return None
        self.count += 1
        if self._faulty:
            self._tell_recovery()
        return number

    def _written(self, write: Callable[[Store], Written]) -> Written:
        """Write to the store; where it turns out to be damaged or gone, to the one in its place.

        Raises:
            OSError: it cannot be written.
        """
        store = self._store or self._reopened()
        try:
            displaced = store.displaced()
            if displaced is None:
                return write(store)
            self._say_once(displaced)
            store.write_back()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise OSError(str(error)) from error
        store.close()
        self._store = None
        self._opened_last = -_RETRY_SECONDS
        try:
            return write(self._reopened())
        except sqlite3.DatabaseError as error:
            raise OSError(str(error)) from error

    def _open(self) -> None:
        try:
            self._store = self._opened()
        except DiskFaultError as error:
            self._fault = error.reason
            self._tell_fault(OSError(error.reason))

    def _opened(self) -> Store:
        try:
            mend_database(self._folder, self._say)
            return Store(self._folder)
        except DiskFaultError as error:
            if error.reason not in NO_ROOM or not make_room(self._folder, _THINNED):
                raise
        self._say_once("the disk is full: old pictures are thinned")
        return Store(self._folder)

    def _reopened(self) -> Store:
        """A disk may be mended while the device runs: mounted anew, or made room on."""
        if time.monotonic() - self._opened_last >= _RETRY_SECONDS:
            self._opened_last = time.monotonic()
            try:
                self._open()
            except UserError as error:
                # At the start it is the caller's fault; by now there is a service to go on.
                self._fault = str(error)
        if self._store is None:
            raise OSError(self._fault)
        return self._store

    def _has_room(self, store: Store) -> bool:
        floor = usual_floor(self._folder) if self.floor is None else self.floor
        if free_bytes(self._folder) >= floor:
            return True
        if store.thin_pictures(_THINNED):
            self._tell_once(f"less than {floor / 1e6:,.1f} MB are free: old pictures are thinned")
        if free_bytes(self._folder) >= floor:
            return True
        self._tell_once(
            f"less than {floor / 1e6:,.1f} MB are free: records are kept without their pictures"
        )
        return False

    def _mend_times(self) -> None:
        now = time.monotonic()
        if self._mended or self._store is None or now < self._look_at_clock:
            return
        self._look_at_clock = now + _CLOCK_SECONDS
        moment = self._clock.now()
        if not moment.certain:
            return
        try:
            mended = self._written(lambda store: store.mend_times(moment))
        except OSError as error:
            self._tell_fault(error)
            return
        self._mended = True
        if mended:
            words = f"the time is known now: {mended} records were put right"
            self._say(words)
            self.event("clock", words)

    def _tell_fault(self, error: OSError) -> None:
        self._faulty = True
        fault = fault_of(error, self._folder)
        if fault and fault not in NO_ROOM:
            self._let_go(fault)
        # Of each picture's bytes the error tells too, and would be another one each time.
        reason = fault or (os.strerror(error.errno) if error.errno else error)
        self._say_once(f"no record is kept ({reason}); classification goes on")

    def _let_go(self, fault: str) -> None:
        """A disk cannot be mounted anew while files on it are open."""
        if self._store:
            with suppress(sqlite3.Error):
                self._store.close()
            self._store = None
            self._fault, self._opened_last = fault, time.monotonic()

    def _tell_recovery(self) -> None:
        """Now that a record was kept; whatever comes next is told again."""
        self._faulty = False
        self._told.clear()
        lost, self._lost_before = self.lost - self._lost_before, self.lost
        words = "records are kept again" + (
            f": {counted(lost, 'record')} went lost" if lost else ""
        )
        self._say(words)
        self.event("disk", words)

    def _tell_once(self, words: str) -> None:
        if self._say_once(words):
            self.event("disk", words)

    def _say_once(self, words: str) -> bool:
        new = words not in self._told
        if new:
            self._told.add(words)
            self._say(words)
        return new


def _concluded_line(seen: Observation) -> ClassifiedLine:
    """What a look came to; the frame's own scores stand beside it."""
    line = classified_line(
        seen.frame.origin, seen.classified, seen.frame.index, seen.smoothed, seen.concluded
    )
    if seen.smoothed.shown:
        return line
    assert line.shown
    return line.model_copy(
        update={
            "decision": "unsure",
            "cause": "frames_disagree",
            "reason": f"frames disagree: no answer has more than {line.shown.share:.0%} of them",
        }
    )
