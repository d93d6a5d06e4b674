"""A season of records: how long lists, counts and exports of a million take, and what memory.

    python benchmarks/season.py leaves.tflite FOLDER [--records 1000000]

FOLDER is made anew, with records of 180 days, 24 classes, some corrected, noted, placed or deleted,
a few thousand with a picture, as the store's own first rows have them. Each command is a process of
its own; the API is that of a real `plant-device run --web` with the store. The quickest of three;
on a busy machine the processor's time tells more than the clock's.
"""

import argparse
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import numpy as np

from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.store.clock import Moment
from plant_device.store.database import NAME
from plant_device.store.place.place import Place
from plant_device.store.store import Store

_BEGIN = datetime(2026, 4, 1, tzinfo=timezone.utc)
_DAYS = 180
_CROPS = ("Apple", "Grape", "Maize", "Pepper", "Potato", "Tomato")
_CONDITIONS = ("Early_blight", "Late_blight", "Rust", "healthy")
_PICTURES = 5000
_TURNS = 3
# A day of field work, in the midst of the season.
_DAY = _BEGIN + timedelta(days=_DAYS // 2)


def _fill(folder: Path, records: int) -> None:
    """Keep records through the store, and have SQL multiply them over the season."""
    with Store(folder) as store:
        for number in range(_PICTURES):
            _keep_one(store, number)
        for number in range(1, _PICTURES, 50):
            store.correct(number, "Tomato___Rust")
            store.note(number + 1, "beside the road")
        for number in range(7, _PICTURES, 200):
            store.delete(number, _BEGIN + timedelta(days=_DAYS))
        for number in range(200):
            store.keep_event("camera", f"camera lost: {number}", _moment(0))
    # As the store writes moments.
    moment = "strftime('%Y-%m-%dT%H:%M:%f', julianday(:begin) + :days * i / :records)"
    values = {"taken_at": f"{moment} || '000+00:00'", "picture": "NULL"}
    with closing(sqlite3.connect(folder / NAME)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(records)")]
        names = [name for name in columns if name != "id"]
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more) "
            f"INSERT INTO records ({', '.join(names)}) "
            f"SELECT {', '.join(values.get(name, name) for name in names)} "
            "FROM n JOIN records ON records.id = 1 + i % :kept",
            {
                "more": records - _PICTURES,
                "kept": _PICTURES,
                "begin": f"{_BEGIN:%Y-%m-%d}",
                "days": float(_DAYS),
                "records": float(records),
            },
        )


def _keep_one(store: Store, number: int) -> None:
    random = np.random.default_rng(number)
    label = f"{random.choice(_CROPS)}___{random.choice(_CONDITIONS)}"
    sure = bool(random.random() < 0.8)
    share = float(random.uniform(0.3, 1.0))
    line = ClassifiedLine(
        path="usb:0",
        frame=number,
        decision=("healthy" if label.endswith("healthy") else "disease") if sure else "unsure",
        cause="clear" if sure else "low_probability",
        reason=f"probability {share:.2f}",
        label=label,
        probability=share,
        top=[TopEntry(label=label, probability=share)] * 5,
        energy=float(random.normal(10, 2)),
        ms=8.25,
    )
    place = Place(52.1 + number / 1e6, 11.6, "gpsd", 4.0) if random.random() < 0.5 else None
    picture = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    store.keep(picture, line, "a" * 64, _moment(number), place)


def _moment(number: int) -> Moment:
    taken = _BEGIN + timedelta(days=_DAYS * number / _PICTURES)
    return Moment(taken, 100.0 + number, "boot", certain=number % 10 > 0)


class Cost(NamedTuple):
    """By the clock, of the processor, and of memory at most; 0 where that is not known."""

    seconds: float
    processor: float
    megabytes: float = 0.0


def _command(*arguments: object) -> Cost:
    """What a `plant-device` command costs."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "plant_device", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, arguments
    process.returncode = 0
    seconds = time.perf_counter() - begun
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _commands(folder: Path) -> None:
    listed = ["records", "list", folder]
    day = ["--since", f"{_DAY:%Y-%m-%d}", "--until", f"{_DAY + timedelta(days=1):%Y-%m-%d}"]
    lists: dict[str, Sequence[object]] = {
        "the newest 20": [],
        "of a day": day,
        "of a class": ["--label", "Tomato___Late_blight"],
        "unsure": ["--decision", "unsure"],
        "unsure of a class on a day": [
            *day, "--decision", "unsure", "--label", "Tomato___Late_blight"
        ],
        "corrected": ["--corrected"],
        "deleted": ["--deleted"],
        "1000 as JSON": ["--limit", "1000", "--json"],
    }  # fmt: skip
    for name, options in lists.items():
        _told(f"records list, {name}", _of_turns(lambda: _command(*listed, *options)))  # noqa: B023
    _told("records events", _of_turns(lambda: _command("records", "events", folder)))
    for ending in ("csv", "geojson", "zip"):
        out = folder / f"all.{ending}"
        _told(f"records export, {ending}", _command("records", "export", folder, "--out", out))
        print(f"{'':44s}{out.stat().st_size / 1e6:9.1f} MB in the file")
    _told(
        "records export, csv of a day",
        _command("records", "export", folder, "--out", folder / "day.csv", *day),
    )


def _thinning(folder: Path) -> None:
    """What a new picture costs below the floor, once all old records have lost theirs."""
    with Store(folder) as store:
        store.thin_pictures(_PICTURES)
        begun, before = time.perf_counter(), time.process_time()
        store.thin_pictures(20)
        _told(
            "20 pictures thinned", Cost(time.perf_counter() - begun, time.process_time() - before)
        )


def _api(model: Path, folder: Path) -> None:
    begun = time.perf_counter()
    command = [
        *(sys.executable, "-m", "plant_device", "run", "--model", str(model), "--threads", "1"),
        *("--source", "synthetic:live#size=96x72&fps=1", "--store", str(folder)),
        *("--web", "127.0.0.1:0", "--json"),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as service:
        try:
            assert service.stderr
            said = ""
            while not (found := re.search(r"http://[\d.]+:\d+", said)):
                said = service.stderr.readline()
                assert said, "the page did not come"
            _told("run, until the page is there", Cost(time.perf_counter() - begun, 0.0))
            _ask(f"{found[0]}/api/v1/records", _server(service.pid))
        finally:
            service.kill()


def _ask(url: str, server: int) -> None:
    day = f"since={_DAY:%Y-%m-%d}T00:00:00Z&until={_DAY + timedelta(days=1):%Y-%m-%d}T00:00:00Z"
    for name, query in {
        "the first page": "",
        "a page in the midst": "?before=500000",
        "the last page": "?before=51",
        "of a day": f"?{day}",
        "of a crop": "?crop=Tomato",
        "of a class": "?label=Tomato___Late_blight",
        "unsure": "?decision=unsure",
        "corrected": "?corrected=true",
        "nobody corrected": "?corrected=false",
        "of a crop, nobody corrected": "?crop=Tomato&corrected=false",
        "of a class, nobody corrected": "?label=Tomato___Late_blight&corrected=false",
        "unsure, nobody corrected": "?decision=unsure&corrected=false",
        "the last page nobody corrected": "?corrected=false&before=51",
        "counts by class": "/counts",
        "counts by class, nobody corrected": "/counts?corrected=false",
        "counts by day": "/counts?by=day",
        "counts by day of a crop": "/counts?by=day&crop=Tomato",
        "counts by day, nobody corrected": "/counts?by=day&corrected=false",
        "places": "/places",
        "export of a day, csv": f"/export?format=csv&{day}",
    }.items():
        _told(f"API, {name}", _of_turns(lambda: _got(url + query, server)))  # noqa: B023


def _got(url: str, server: int) -> Cost:
    begun, before = time.perf_counter(), _processor_seconds(server)
    with urllib.request.urlopen(url) as answer:
        answer.read()
    seconds = time.perf_counter() - begun
    return Cost(seconds, _processor_seconds(server) - before, _peak(server))


def _of_turns(measure: Callable[[], Cost]) -> Cost:
    turns = [measure() for _ in range(_TURNS)]
    return Cost(*map(min, zip(*turns, strict=True)))


def _server(service: int) -> int:
    """The process of the page's server."""
    for task in Path(f"/proc/{service}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"web" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    raise SystemExit("the page's server is not among the service's processes")


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def _told(name: str, cost: Cost) -> None:
    memory = f"{cost.megabytes:9.0f}" if cost.megabytes else ""
    print(f"{name:44s}{cost.seconds:9.2f}{cost.processor:11.2f}{memory}", flush=True)


def main() -> None:
    """Fill, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    begun = time.perf_counter()
    _fill(given.folder, given.records)
    print(f"{'':44s}  seconds  processor  peak MB")
    _told(f"filling with {given.records:,d}", Cost(time.perf_counter() - begun, 0.0))
    print(f"{'':44s}{(given.folder / NAME).stat().st_size / 1e6:9.0f} MB of database")
    _commands(given.folder)
    _api(given.model, given.folder)
    _thinning(given.folder)


if __name__ == "__main__":
    main()
