"""Promises that hold when the power goes, and a trial that shows that the tests would notice."""

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_model import tiny_model
from virtual_pi.disk_files import put_file, read_file, real_path
from virtual_pi.drives import Drive, Forgetful, Lasting
from virtual_pi.image import Image
from virtual_pi.installed import copy_sparse, made_bundle
from virtual_pi.machine import Machine
from virtual_pi.suites import SUITES

from plant_device.service.settings import QualitySettings, Settings, StoreSettings, as_toml
from power_cuts.interruptions import interrupt
from power_cuts.recording import STATE, record_at_full_rate
from power_cuts.rounds import Round, rounds
from power_cuts.works import WORKS

pytestmark = pytest.mark.field

DRIVES: dict[str, Callable[[Image, Path], Drive]] = {
    "lasting": lambda image, folder: Lasting(image.disk),
    "forgetful": lambda image, folder: Forgetful(image.disk, folder),
}


@pytest.fixture
def cuts(request: pytest.FixtureRequest) -> int:
    """How often the power goes."""
    return int(request.config.getoption("--cuts"))


@pytest.fixture
def chance() -> random.Random:
    """The moments of the cuts; a test that fails shows the seed."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def own_disk(bookworm: Image, tmp_path: Path) -> Image:
    """A board of the test's own."""
    folder = tmp_path / "board"
    folder.mkdir()
    for path in (bookworm.kernel, bookworm.initrd, bookworm.disk):
        copy_sparse(path, folder / path.name)
    return Image(folder)


@pytest.fixture
def recording(own_disk: Image) -> Image:
    """A board whose service keeps records as fast as it can."""
    record_at_full_rate(own_disk.disk)
    return own_disk


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
    own_disk: Image, share: Path, work: str, drive: str, cuts: int, chance: random.Random
) -> None:
    for number in range(1, 200):
        (share / f"{number}.tflite").write_bytes(tiny_model(str(number)))
    put_file(own_disk.disk, "/etc/plant-edge/settings.toml", _every_frame_is_a_leaf().encode())
    turns = interrupt(
        own_disk, lambda folder: DRIVES[drive](own_disk, folder), share, WORKS[work], cuts, chance
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


def _every_frame_is_a_leaf() -> str:
    anything = QualitySettings(min_bright_end=0, max_clipped=1, min_sharpness=0, min_leaf_share=0)
    settings = Settings(
        model=Path(f"{STATE}/models"),
        source="usb:0",
        store=StoreSettings(folder=Path(f"{STATE}/records")),
        quality=anything,
    )
    return as_toml(settings)
