"""Cut after cut while something is done again and again (`works.py`)."""

import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from virtual_pi.disk_files import copied, copy_tree, is_sound_after_recovery
from virtual_pi.drives import Drive
from virtual_pi.guest_files import ACKNOWLEDGED_CONSOLE, SHARE
from virtual_pi.image import Image
from virtual_pi.machine import Machine
from virtual_pi.recording import STATE

from power_cuts.works import Work


def interrupt(
    image: Image,
    drive_of: Callable[[Path], Drive],
    folder: Path,
    work: Work,
    cuts: int,
    chance: random.Random,
) -> int:
    """Cut the power so often, each time within two turns of the work, and check what is left.

    Args:
        image: its disk is written.
        folder: what the machine sees as /host.

    Returns:
        How many turns were acknowledged.

    Raises:
        AssertionError: something that was acknowledged is not there, or anything is half.
    """
    acknowledged = 0
    lines = folder / "acknowledged"
    for _ in range(cuts):
        lines.unlink(missing_ok=True)
        with Machine(image, drive_of(folder), folder) as machine:
            machine.done("systemctl is-system-running --wait")
            machine.done("systemctl is-active plant-edge")
            machine.begin(in_guest(work))
            turn = machine.acknowledges(1)
            machine.goes_on_for(chance.uniform(0, 2 * turn))
        complete = lines.read_text().rpartition("\n")[0].split()
        acknowledged += len(complete)
        with copied(image.disk) as copy:
            check_after_cut(copy, STATE, work, complete)
    return acknowledged


def in_guest(work: Work) -> str:
    """The work's loop as a command of the guest's, in its background, as the service's user."""
    loop = work.loop(STATE, SHARE)
    as_service = f"runuser -u plant-edge -- bash -c '{loop}'"
    return f"{as_service} > {ACKNOWLEDGED_CONSOLE} 2> /dev/null &"


def check_after_cut(disk: Path, state: str, work: Work, acknowledged: list[str]) -> None:
    """Look at a disk, whose file system recovers by that.

    Args:
        state: the folder that the work is done in.

    Raises:
        AssertionError: as of `interrupt`.
    """
    assert is_sound_after_recovery(disk)
    with TemporaryDirectory(dir=disk.parent) as scratch:
        copy_tree(disk, state, Path(scratch))
        work.check(Path(scratch, Path(state).name), acknowledged)
