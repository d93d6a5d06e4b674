"""What `replay.py` makes of a log that QEMU wrote, without a machine."""

import random
import subprocess
from pathlib import Path

import pytest
from virtual_pi.drives import Logged

from power_cuts.replay import cuts_of
from power_cuts.write_log import Request, requests

pytestmark = pytest.mark.field


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Of a disk of eight blocks: block 0 is written and flushed, then blocks 1 to 3, then all."""
    disk, log = tmp_path / "written.img", tmp_path / "writes.log"
    disk.write_bytes(bytes(8 << 12))
    options = Logged(disk, log).attach()
    told = ["write -P 1 0 4k", "flush", "write -P 2 4k 12k", "write -P 3 0 32k"]
    commands = [word for command in told for word in ("-c", command)]
    subprocess.run(["qemu-io", *commands, "--image-opts", options], check=True, capture_output=True)
    return log


def _contents(log: Path, told: list[Request], moment: int) -> set[bytes]:
    """What the first bytes of the blocks may be after a cut at that moment."""
    disk = log.with_name("disk.img")
    found = set()
    for seed in range(60):
        disk.write_bytes(bytes(8 << 12))
        (cut,) = cuts_of(disk, told, [moment], random.Random(seed))
        found.add(cut.disk.read_bytes()[:: 1 << 12])
    return found


def test_what_was_flushed_is_there_and_any_block_of_the_rest(log: Path) -> None:
    told = list(requests(log))
    written, flushed, three, _ = told[:4]
    assert [each.is_flush for each in told[:4]] == [False, True, False, False]
    assert _contents(log, told, written.end - 1) == {bytes(8)}
    assert _contents(log, told, written.end) == {bytes(8), b"\1" + bytes(7)}
    assert _contents(log, told, flushed.end) == {b"\1" + bytes(7)}
    any_of_three = {
        bytes([1, *(2 if bits >> block & 1 else 0 for block in range(3)), 0, 0, 0, 0])
        for bits in range(8)
    }
    assert _contents(log, told, three.end) == any_of_three


def test_a_log_that_was_cut_itself_ends_with_its_last_whole_request(log: Path) -> None:
    told = list(requests(log))
    third = told[2]
    log.write_bytes(log.read_bytes()[: third.end - 1])
    assert list(requests(log)) == told[:2]
