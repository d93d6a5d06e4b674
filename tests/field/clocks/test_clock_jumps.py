"""A service begins in 1970, its clock jumps both ways, and at last a receiver knows the time."""

import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cameras.service import Service

from clocks.jumping_clock import JumpingClock
from clocks.receiver import Receiver
from plant_device.store.record import Record
from plant_device.store.store import Store

pytestmark = pytest.mark.field

_BEGIN = datetime(1970, 1, 1, 0, 0, 20, tzinfo=timezone.utc)
_AHEAD = datetime(2038, 1, 19, 3, 14, 0, tzinfo=timezone.utc)  # over the end of 32 bits
_BACK = datetime(2026, 1, 1, tzinfo=timezone.utc)
_TRUE = datetime(2027, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
_SECONDS = 15.0


def test_records_keep_their_order_and_get_their_times_once_these_are_known(
    tiny_model_path: Path, tmp_path: Path
) -> None:
    store, clock = tmp_path / "store", JumpingClock(tmp_path)
    clock.jump_to(_BEGIN)
    looks = ["--mode", "interval", "--every", "0.001", "--steady", "0.05"]
    with (
        Receiver() as receiver,
        Service(
            tiny_model_path,
            "synthetic:live#size=96x72&fps=5",
            *("--store", str(store), "--place", receiver.place, *looks),
            program=clock.program,
        ) as service,
    ):
        service.seconds_until_frames(time.monotonic())
        for jump in (_AHEAD, _BACK):
            service.goes_on_for(_SECONDS)
            clock.jump_to(jump)
        service.goes_on_for(_SECONDS)
        before = _records(store)
        receiver.sees_satellites(_TRUE)
        service.seconds_until_said("the time is known now")
        for jump in (_AHEAD, _BACK):
            clock.jump_to(jump)
            service.goes_on_for(_SECONDS)
        late = receiver.now()
        said = service.stop()
    after = _records(store)
    print(said, file=sys.stderr)
    assert {record.certainty for record in before} == {"uncertain"}
    assert {record.taken_at.year for record in before} == {1970, 2038, 2026}
    assert {record.certainty for record in after} == {"mended", "certain"}
    for records in (before, after):
        uptimes = [record.uptime for record in records if record.uptime]
        assert len(uptimes) == len(records)
        assert uptimes == sorted(uptimes)
    times = [record.taken_at for record in after]
    assert times == sorted(times)
    assert _TRUE - timedelta(minutes=5) < times[0]
    assert times[-1] < late + timedelta(seconds=1)


def _records(store: Path) -> list[Record]:
    """In the order in which they were kept."""
    with Store.existing(store) as opened:
        return list(opened.records())[::-1]
