"""Cuts at any moment of an update by the real install.sh, without an emulator."""

import platform
import random
import subprocess
import sys
from pathlib import Path

import pytest
from small_bundle import HERE, own_pip, write_small_bundle
from virtual_pi.disk_files import is_sound_after_recovery

from power_cuts.host_disk import logged_work, mounted
from power_cuts.installed_program import installed_program
from power_cuts.replay import cuts_of
from power_cuts.write_log import requests

pytestmark = pytest.mark.field

_INSTALL = Path(__file__).resolve().parents[3] / "device" / "install.sh"


@pytest.fixture
def bundle(tmp_path: Path, tiny_model_path: Path) -> Path:
    """For this very machine."""
    pip = own_pip()
    if pip is None:
        pytest.skip("this Python came without pip")
    return write_small_bundle(tmp_path / "bundle", pip, tiny_model_path, HERE, platform.machine())


def _install(root: Path, bundle: Path) -> list[str]:
    environment = ("--unset=PYTHONPATH", f"PYTHON={sys.executable}")
    return ["env", *environment, "bash", *map(str, (_INSTALL, "--root", root, "--from", bundle))]


@pytest.mark.parametrize("times", [0, 1], ids=["first", "update"])
def test_no_moment_of_an_installation_leaves_a_program_that_is_not_whole(
    disk: Path, bundle: Path, times: int, cuts: int, chance: random.Random
) -> None:
    """And the same command finishes, which is tried of every tenth."""
    for _ in range(times):
        _run_install(disk, bundle)

    def install(root: Path) -> list[str]:
        told = " ".join(_install(root, bundle))
        return ["bash", "-c", f"echo begins; {told} && echo ends && exec sleep infinity"]

    work = logged_work(disk, install, 1)
    before, after = installed_program(work.disk), installed_program(disk)
    assert before.version != after.version
    told = requests(work.log)
    for number, cut in enumerate(cuts_of(work.disk, told, work.moments(cuts, chance), chance)):
        assert is_sound_after_recovery(cut.disk)
        found = installed_program(cut.disk)
        *_, last = work.lines_by(cut.moment)
        print(
            f"installation: at byte {cut.moment}, {cut.kept:.0%} of {cut.unflushed} unflushed "
            f"writes kept, after {last!r}: {found.version or 'none'}",
            file=sys.stderr,
        )
        assert found.is_between(before, after)
        assert found == after or last != "ends"
        if number % 10 == 0:
            _run_install(cut.disk, bundle)


def _run_install(disk: Path, bundle: Path) -> None:
    """To its end, and what is installed starts."""
    with mounted(disk, disk.with_name("whole.log")) as root:
        subprocess.run(_install(root, bundle), check=True)
        command = root / "usr/local/bin/plant-device"
        subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True)
