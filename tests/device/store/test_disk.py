import shutil
from pathlib import Path

import pytest

from plant_device.store.disk import fault_of, free_bytes, usual_floor


def test_the_floor_is_a_part_of_the_disk_and_never_more_than_half_a_gigabyte(
    tmp_path: Path,
) -> None:
    total = shutil.disk_usage(tmp_path).total
    assert usual_floor(tmp_path) == min(500_000_000, int(0.05 * total))


def test_free_is_what_others_say_too(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)


def test_a_disk_that_can_be_written_has_no_fault_though_the_folder_is_not_there_yet(
    tmp_path: Path,
) -> None:
    assert fault_of(tmp_path / "a" / "b") is None
