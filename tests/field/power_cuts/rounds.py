"""Cut after cut of a service that records, each looked at from outside, then from inside."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from virtual_pi.disk_files import copied
from virtual_pi.drives import Drive
from virtual_pi.image import Image
from virtual_pi.machine import Machine
from virtual_pi.recording import STATE, Acknowledged, acknowledged_records

from power_cuts.store_after_cut import StoreAfterCut, store_after_cut

_LONGEST = 4.0
"""Seconds from what a machine was waited for to its cut, at most."""

_ASKED_EVERY = 10
"""Rounds. Each start's service says by its records that it is up; that `records list` tells them
all inside too is asked in every tenth start, since a command takes an emulator many seconds."""


@dataclass(frozen=True)
class Round:
    """One start and its cut.

    Args:
        acknowledged: by this start.
        in_all: by all starts of the disk.
        found: on the disk after the cut.
        restarts: of the service in this start, which nothing but the power has ended.
        listed: how many records `records list` told in this start, before the cut; None where it
            was not asked.
        expected: how many had been found before this start.
    """

    acknowledged: int
    in_all: int
    found: StoreAfterCut
    restarts: int
    listed: int | None
    expected: int

    @property
    def nothing_is_lost(self) -> bool:
        """Whether this cut, and the one before it as seen from inside, cost nothing."""
        inside = self.listed is None or self.listed >= self.expected
        return self.found.nothing_is_lost and self.restarts == 0 and inside


def rounds(
    image: Image,
    drive_of: Callable[[Path], Drive],
    folder: Path,
    cuts: int,
    chance: random.Random,
    root_flags: str = "",
) -> Iterator[Round]:
    """Start a machine so often, and cut its power at a random moment while it records.

    Args:
        image: its service records at full rate (`virtual_pi/recording.py`). Its disk is written.
        drive_of: how the machine sees the disk; given a folder of its own.
        folder: a folder for each start is made there.
    """
    all_of_them: list[Acknowledged] = []
    expected = 0
    for number in range(cuts):
        start = folder / f"start-{number}"
        start.mkdir()
        with Machine(image, drive_of(start), start, root_flags) as machine:
            # Nothing is told to the machine: its service is up by itself.
            machine.acknowledges(1)
            restarts = machine.done("systemctl show --value -p NRestarts plant-edge")
            listed = None if (number + 1) % _ASKED_EVERY else _listed(machine)
            machine.goes_on_for(chance.uniform(0, _LONGEST))
        acknowledged = acknowledged_records(machine.acknowledged.read_bytes())
        all_of_them += acknowledged
        with copied(image.disk) as copy:
            found = store_after_cut(copy, STATE, all_of_them)
        yield Round(
            acknowledged=len(acknowledged),
            in_all=len(all_of_them),
            found=found,
            restarts=int(restarts),
            listed=listed,
            expected=expected,
        )
        expected = found.records


def _listed(machine: Machine) -> int:
    told = machine.done(f"plant-device records list {STATE}/records --limit 1")
    return int(told.split()[-2])
