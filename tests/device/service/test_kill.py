"""SIGKILL of a real `plant-device run --store`: the short form of tests/field/power_cuts."""

import json
import random
import subprocess
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from plant_device.contract.atomic import is_leftover
from plant_device.store.store import Store

# Two frames to a look, and no rest between looks.
_AT_FULL_RATE = "--mode interval --every 0.001 --steady 0.05 --source synthetic:live#size=320x240"


class _Kept(NamedTuple):
    """What tells a record from every other."""

    frame: int | None
    ms: float
    energy: float


def test_no_record_that_was_told_is_lost_and_the_next_start_goes_on(
    device_command: list[str], environment: dict[str, str], model_path: Path, tmp_path: Path
) -> None:
    store = tmp_path / "records"
    command = [*device_command, "run", "--model", str(model_path), "--store", str(store), "--json"]
    told: list[_Kept] = []
    chance = random.Random(11)
    for _ in range(3):
        with subprocess.Popen(
            [*command, *_AT_FULL_RATE.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, "PYTHONUNBUFFERED": "1"},
        ) as running:
            assert running.stdout
            assert running.stderr
            lines = list(islice(running.stdout, chance.randint(1, 40)))
            running.kill()
            # What was in the pipe had been told too; the last line may be half.
            lines += running.stdout.read().splitlines(keepends=True)
            assert b"damaged" not in running.stderr.read()
        told += _counted([line for line in lines if line.endswith(b"\n")])
    assert told
    with Store.existing(store) as opened:
        records = list(opened.records())
    kept = {
        _Kept(record.classified.frame, record.classified.ms, record.classified.energy)
        for record in records
    }
    assert set(told) <= kept
    for record in records:
        assert record.picture
        assert not is_leftover(store / record.picture)
        with Image.open(store / record.picture) as picture:
            picture.load()


def _counted(lines: list[bytes]) -> list[_Kept]:
    """Of the lines those whose answer counts, which are told when their record is kept."""
    parsed = [json.loads(line) for line in lines]
    return [
        _Kept(line["frame"], line["ms"], line["energy"])
        for line in parsed
        if line.get("shown", {}).get("concluded")
    ]
