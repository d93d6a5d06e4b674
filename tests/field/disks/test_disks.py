"""The service keeps records on a disk that fails below it; it goes on, and keeps them again."""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cameras.service import Service
from PIL import Image

from disks.faulty_disk import FaultyDisk
from plant_device.store.store import Store

pytestmark = pytest.mark.field

_BEFORE_SECONDS = 5.0
_FAULT_SECONDS = 15.0
_KEEPS_AGAIN = "records are kept again"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FaultyDisk]:
    """One that is sound so far."""
    with FaultyDisk(tmp_path) as disk:
        yield disk


def test_a_disk_that_fills_up(disk: FaultyDisk, tiny_model_path: Path) -> None:
    with _keeping(tiny_model_path, disk.folder / "store") as service:
        _begun(service)
        disk.fill()
        frames = _frames_meanwhile(service)
        disk.be_sound()
        service.goes_on_for(_BEFORE_SECONDS)
        _show("full", service, frames, disk.folder / "store")


def test_a_disk_that_is_slow(disk: FaultyDisk, tiny_model_path: Path) -> None:
    with _keeping(tiny_model_path, disk.folder / "store") as service:
        _begun(service)
        disk.slow_down()
        frames = _frames_meanwhile(service)
        disk.be_sound()
        service.goes_on_for(_BEFORE_SECONDS)
        _show("slow", service, frames, disk.folder / "store")
        assert not any("no record is kept" in words for _, words in service.said)


def test_a_disk_that_fails_and_is_mounted_anew(disk: FaultyDisk, tiny_model_path: Path) -> None:
    with _keeping(tiny_model_path, disk.folder / "store") as service:
        _begun(service)
        disk.fail()
        frames = _frames_meanwhile(service)
        disk.be_sound()
        disk.mount_anew()
        seconds = service.seconds_until_said(_KEEPS_AGAIN)
        _show(
            f"write errors, kept again after {seconds:.0f} s",
            service,
            frames,
            disk.folder / "store",
        )
        assert sum("no record is kept" in words for _, words in service.said) == 1


def _keeping(model: Path, store: Path) -> Service:
    # A look without end of looks: each ends as soon as two frames say the same.
    looks = ["--mode", "interval", "--every", "0.001", "--steady", "0.05"]
    return Service(model, "synthetic:live#size=320x240&fps=10", "--store", str(store), *looks)


def _begun(service: Service) -> None:
    service.seconds_until_frames(time.monotonic())
    service.goes_on_for(_BEFORE_SECONDS)


def _frames_meanwhile(service: Service) -> int:
    before = service.frames
    service.goes_on_for(_FAULT_SECONDS)
    frames = service.frames - before
    assert frames
    return frames


def _show(what: str, service: Service, frames: int, store: Path) -> None:
    """Compare what was acknowledged with what is there."""
    said = service.stop()
    found = re.search(r"(\d+) records? kept in [^,\n]*(?:, (\d+) lost)?", said)
    assert found, said
    kept, lost = int(found[1]), int(found[2] or 0)
    print(
        f"{what}: {frames} frames in {_FAULT_SECONDS:.0f} s, {kept} records kept, {lost} lost\n"
        + "\n".join(f"  {words}" for _, words in service.said),
        file=sys.stderr,
    )
    told = sum(json.loads(line)["shown"]["concluded"] for line in service.told)
    # It may have been told to end between a record, its number, and its line.
    assert told <= kept + lost <= told + 1
    with Store.existing(store) as opened:
        records = list(opened.records())
    assert 0 < kept <= len(records) <= kept + 1
    for record in records:
        if record.picture:
            with Image.open(store / record.picture) as picture:
                picture.load()
