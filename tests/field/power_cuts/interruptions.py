"""Cut after cut while something is done again and again (`works.py`)."""

import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from virtual_pi.disk_files import copy_tree, is_sound_after_recovery
from virtual_pi.drives import Drive
from virtual_pi.image import Image
from virtual_pi.installed import copy_sparse
from virtual_pi.machine import Machine

from power_cuts.recording import STATE
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
            machine.begin(work.loop)
            turn = machine.acknowledges(1)
            machine.goes_on_for(chance.uniform(0, 2 * turn))
        complete = lines.read_text().rpartition("\n")[0].split()
        acknowledged += len(complete)
        with TemporaryDirectory(dir=image.folder) as scratch:
            copy = Path(scratch, "disk.img")
            copy_sparse(image.disk, copy)
            assert is_sound_after_recovery(copy)
            copy_tree(copy, STATE, Path(scratch))
            work.check(Path(scratch), complete)
    return acknowledged
