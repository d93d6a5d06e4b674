"""Cuts at any moment of what this very machine does, without an emulator: hundreds in minutes."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from virtual_pi.recording import acknowledged_records

import plant_device
from power_cuts.host_disk import logged_work, mounted
from power_cuts.interruptions import check_after_cut
from power_cuts.replay import Cut, LoggedWork, cuts_of
from power_cuts.store_after_cut import StoreAfterCut, store_after_cut
from power_cuts.works import WORKS
from power_cuts.write_log import Request, requests

pytestmark = pytest.mark.field

STATE = "/plant-edge"
_TURNS = 12
_PACKAGES = Path(plant_device.__file__).parents[1]
# As virtual_pi/recording.py has it on a board.
_AT_FULL_RATE = "--mode interval --every 0.001 --steady 0.05 --source synthetic:live#size=320x180"


@pytest.fixture
def disk_with_records(disk: Path, tiny_model_path: Path) -> Path:
    """One with a store of some records."""
    with mounted(disk, disk.with_name("first.log")) as folder:
        command = [*_record(tiny_model_path, _PACKAGES)(folder), "--frames", "60"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return disk


def _record(model: Path, packages: Path) -> Callable[[Path], list[str]]:
    """A run at full rate of the program among these packages, which come before others."""

    def command(folder: Path) -> list[str]:
        return [
            *("env", f"PYTHONPATH={packages}", sys.executable, "-m", "plant_device", "run"),
            *("--json", "--model", str(model), "--store", f"{folder}{STATE}/records"),
            *_AT_FULL_RATE.split(),
        ]

    return command


def test_no_moment_of_a_recording_costs_a_record_that_was_acknowledged(
    disk: Path, tiny_model_path: Path, cuts: int, chance: random.Random
) -> None:
    work = logged_work(disk, _record(tiny_model_path, _PACKAGES), 2 * cuts)
    found = [
        _found(work, cut)
        for cut in cuts_of(work.disk, requests(work.log), work.moments(cuts, chance), chance)
    ]
    assert all(each.nothing_is_lost for each in found)


def test_a_disk_that_does_not_flush_is_found_out(
    disk: Path, tiny_model_path: Path, chance: random.Random
) -> None:
    """The first control: without it nobody knows whether the test above can fail."""
    work = logged_work(disk, _record(tiny_model_path, _PACKAGES), 10)
    deaf = (each for each in requests(work.log) if not each.is_flush)
    assert _is_found_out(work, deaf, chance)


def test_a_program_that_does_not_wait_for_its_disk_is_found_out(
    disk: Path, tiny_model_path: Path, tmp_path: Path, chance: random.Random
) -> None:
    """The second one."""
    packages = tmp_path / "hasty"
    shutil.copytree(_PACKAGES / "plant_device", packages / "plant_device")
    database = packages / "plant_device" / "store" / "database.py"
    source = database.read_text()
    assert "synchronous = FULL" in source
    database.write_text(source.replace("synchronous = FULL", "synchronous = OFF"))
    work = logged_work(disk, _record(tiny_model_path, packages), 10)
    assert _is_found_out(work, requests(work.log), chance)


@pytest.mark.parametrize("name", WORKS)
def test_no_moment_of_what_a_person_does_costs_what_was_acknowledged(
    disk_with_records: Path, models: Path, name: str, cuts: int, chance: random.Random
) -> None:
    doing = WORKS[name]

    def command(folder: Path) -> list[str]:
        program = f'plant-device() {{ {sys.executable} -m plant_device "$@" 2> /dev/null; }}'
        loop = doing.loop(f"{folder}{STATE}", str(models))
        return ["bash", "-c", f"{program}; {loop}"]

    work = logged_work(disk_with_records, command, _TURNS)
    for cut in cuts_of(work.disk, requests(work.log), work.moments(cuts, chance), chance):
        lines = work.lines_by(cut.moment)
        _show(name, cut, f"{len(lines)} acknowledged")
        check_after_cut(cut.disk, STATE, doing, lines)


def _is_found_out(work: LoggedWork, told: Iterable[Request], chance: random.Random) -> bool:
    cuts = cuts_of(work.disk, told, work.moments(12, chance), chance)
    return any(not _found(work, cut).nothing_is_lost for cut in cuts)


def _found(work: LoggedWork, cut: Cut) -> StoreAfterCut:
    acknowledged = acknowledged_records(work.acknowledged_by(cut.moment))
    found = store_after_cut(cut.disk, STATE, acknowledged)
    _show("records", cut, f"{len(acknowledged)} acknowledged, {len(found.lost)} lost")
    return found


def _show(what: str, cut: Cut, found: str) -> None:
    print(
        f"{what}: at byte {cut.moment}, {cut.kept:.0%} of {cut.unflushed} unflushed writes kept: "
        f"{found}",
        file=sys.stderr,
    )
