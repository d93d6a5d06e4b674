"""Promises that hold when the power goes, and a trial that shows that the tests would notice."""

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from virtual_pi.disk_files import put_file, read_file, real_path
from virtual_pi.drives import Drive, Forgetful, Lasting
from virtual_pi.image import Image
from virtual_pi.installed import made_bundle
from virtual_pi.machine import Machine
from virtual_pi.suites import SUITES

from power_cuts.interruptions import interrupt
from power_cuts.rounds import Round, rounds
from power_cuts.works import WORKS

pytestmark = pytest.mark.field

DRIVES: dict[str, Callable[[Image, Path], Drive]] = {
    "lasting": lambda image, folder: Lasting(image.disk),
    "forgetful": lambda image, folder: Forgetful(image.disk, folder),
}


@pytest.mark.parametrize("drive", DRIVES)
def test_no_cut_costs_a_record_that_was_acknowledged(
    recording: Image, share: Path, drive: str, cuts: int, chance: random.Random
) -> None:
    done = []
    for each in rounds(
        recording, lambda folder: DRIVES[drive](recording, folder), share, cuts, chance
    ):
        _show(drive, each)
        done.append(each)
    assert all(each.nothing_is_lost for each in done)
    assert all(each.acknowledged for each in done)


@pytest.mark.parametrize("fault", ["synchronous off", "no barriers"])
def test_a_device_that_does_not_wait_for_its_disk_is_found_out(
    recording: Image, share: Path, fault: str, cuts: int, chance: random.Random
) -> None:
    """The control: without it nobody knows whether the test above can fail."""
    drive, flags = DRIVES["lasting"], ""
    if fault == "synchronous off":
        path = real_path(recording.disk, "/opt/plant-edge/versions", "store/database.py")
        source = read_file(recording.disk, path)
        put_file(recording.disk, path, source.replace(b"synchronous = FULL", b"synchronous = OFF"))
    else:
        drive, flags = DRIVES["forgetful"], "barrier=0"
    done = []
    for each in rounds(
        recording, lambda folder: drive(recording, folder), share, cuts, chance, flags
    ):
        _show(fault, each)
        done.append(each)
        if not each.nothing_is_lost:
            break
    assert not all(each.nothing_is_lost for each in done)


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("drive", DRIVES)
def test_what_a_person_did_is_there_or_not_at_all(
    forgiving: Image, models: Path, work: str, drive: str, cuts: int, chance: random.Random
) -> None:
    turns = interrupt(
        forgiving,
        lambda folder: DRIVES[drive](forgiving, folder),
        models,
        WORKS[work],
        cuts,
        chance,
    )
    print(f"{work}, {drive}: {cuts} cuts, {turns} acknowledged", file=sys.stderr)


def test_an_update_that_is_cut_leaves_a_board_that_works_and_the_same_command_finishes(
    recording: Image,
    share: Path,
    tiny_model_path: Path,
    cuts: int,
    chance: random.Random,
) -> None:
    shutil.copytree(made_bundle(SUITES["bookworm"], tiny_model_path), share / "bundle")
    update = "bash /host/bundle/install.sh"
    before = ""
    for number in range(cuts + 1):
        (share / "acknowledged").unlink(missing_ok=True)
        with Machine(recording, Forgetful(recording.disk, share), share) as machine:
            machine.acknowledges(1)
            current = machine.done("readlink /opt/plant-edge/current").strip()
            assert before in ("", current)
            if number < cuts:
                machine.begin(update)
                machine.goes_on_for(chance.uniform(0, 60))
            else:
                machine.done(update)
                before = machine.done("readlink /opt/plant-edge/current").strip()
                assert before != current
    (share / "acknowledged").unlink()
    with Machine(recording, Forgetful(recording.disk, share), share) as machine:
        machine.acknowledges(1)
        assert machine.done("readlink /opt/plant-edge/current").strip() == before


def _show(what: str, each: Round) -> None:
    found = each.found
    print(
        f"{what}: {each.acknowledged} acknowledged, {found.records} records, "
        f"{len(found.lost)} lost, {len(found.without_picture)} without picture, "
        f"{each.restarts} restarts",
        file=sys.stderr,
    )
