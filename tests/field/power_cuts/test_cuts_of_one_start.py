"""Cuts at any moment of one start of a board that records, from what its disk was told."""

import random
import sys
from pathlib import Path

import pytest
from virtual_pi.disk_files import copy_sparse
from virtual_pi.drives import Logged
from virtual_pi.image import Image
from virtual_pi.machine import Machine
from virtual_pi.recording import STATE, acknowledged_records

from power_cuts.replay import LoggedWork, cuts_of, watch
from power_cuts.store_after_cut import store_after_cut
from power_cuts.write_log import requests

pytestmark = pytest.mark.field


def test_no_moment_of_a_boards_recording_costs_a_record_that_was_acknowledged(
    recording: Image, share: Path, cuts: int, chance: random.Random
) -> None:
    before, log = recording.folder / "before.img", recording.folder / "writes.log"
    copy_sparse(recording.disk, before)
    with Machine(recording, Logged(recording.disk, log), share) as machine:
        seen = watch(machine.acknowledged, log, 2 * cuts, machine.goes_on_for)
    work = LoggedWork(before, log, machine.acknowledged.read_bytes(), seen)
    for cut in cuts_of(work.disk, requests(log), work.moments(cuts, chance), chance):
        acknowledged = acknowledged_records(work.acknowledged_by(cut.moment))
        found = store_after_cut(cut.disk, STATE, acknowledged)
        print(
            f"{cut.kept:.0%} of {cut.unflushed} unflushed writes kept: {found.records} records, "
            f"{len(found.lost)} lost of {len(acknowledged)} acknowledged",
            file=sys.stderr,
        )
        assert found.nothing_is_lost
