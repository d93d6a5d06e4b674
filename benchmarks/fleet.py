"""200 devices, a mosquitto, the sink of docs/fleet and a PostgreSQL.

    PYTHONPATH=tests/props python benchmarks/fleet.py [--kill] [--devices 200]

Each device is the real publisher on a store of its own, in a thread: what it sends, keeps and
repeats is what a device does, only 200 of them share the processor with all the rest. With --kill
SIGKILL ends the broker when half of the records are in the database; it is started again at once.
"""

import argparse
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
from device_service import STATE
from kept import fill
from mosquitto import Mosquitto
from postgres import Postgres

from plant_device.mqtt.publisher import Publisher
from plant_device.mqtt.settings import MqttSettings
from plant_device.store.database import NAME

_FILES = Path(__file__).parents[1] / "docs" / "fleet"
_BROKER = ("allow_anonymous true", "max_inflight_messages 1000", "autosave_interval 60")
# select(2), by which each waits, takes no file above 1,023.
_TOGETHER = 50
_INVERSIONS = """
SELECT count(*) FROM (SELECT arrival < max(arrival) OVER (PARTITION BY device ORDER BY record
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later FROM records) AS row WHERE later
"""


def main() -> None:
    """Run once without a kill and once with it, and print what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--records", type=int, default=250, help="of each device")
    parser.add_argument("--kill", action="store_true", help="the broker, midway")
    given = parser.parse_args()
    print("| broker | messages/s | lost | rows twice | later than a newer one | seconds |")
    print("|---|---|---|---|---|---|")
    print(_run(given.devices, given.records, given.kill))


def _run(devices: int, records: int, kill: bool) -> str:
    folder = Path(tempfile.mkdtemp(prefix="plant-edge-fleet-"))
    processes = multiprocessing.get_context("spawn")
    database, broker = Postgres().start(), Mosquitto.of_lines(folder, *_BROKER).start()
    with psycopg.connect(database.database) as connection:
        connection.execute((_FILES / "fleet.sql").read_text())
    sink = subprocess.Popen(
        [
            sys.executable, _FILES / "fleet_sink.py", "--database", database.database,
            "--broker", f"mqtt://127.0.0.1:{broker.port}",
        ],
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert sink.stderr
    while not sink.stderr.readline().startswith(b"reads"):
        pass
    threading.Thread(target=sink.stderr.read, daemon=True).start()
    try:
        fill(folder / "first", records)
        for number in range(devices):
            (folder / str(number)).mkdir()
            shutil.copy(folder / "first" / NAME, folder / str(number) / NAME)
        begun = time.perf_counter()
        for first in range(0, devices, _TOGETHER):
            numbers = range(first, min(first + _TOGETHER, devices))
            processes.Process(
                target=_publish_all, args=(folder, broker.port, numbers), daemon=True
            ).start()
        expected = devices * records
        with psycopg.connect(database.database, autocommit=True) as connection:
            if kill:
                _wait(connection, expected // 2)
                broker.kill()
                broker.start()
            _wait(connection, expected)
            seconds = time.perf_counter() - begun
            rows = _count(connection, "SELECT count(*) FROM records")
            distinct = _count(
                connection, "SELECT count(*) FROM (SELECT DISTINCT device, record FROM records) r"
            )
            later = _count(connection, _INVERSIONS)
        return (
            f"| {'killed midway' if kill else 'runs through'} | {rows / seconds:,.0f} "
            f"| {expected - distinct} | {rows - distinct} | {later} | {seconds:.0f} |"
        )
    finally:
        sink.kill()
        broker.stop()
        database.remove()


def _publish_all(folder: Path, port: int, numbers: range) -> None:
    threads = [
        threading.Thread(target=_publish, args=(folder / str(number), port, f"device-{number}"))
        for number in numbers
    ]
    for thread in threads:
        thread.start()


def _publish(store: Path, port: int, name: str) -> None:
    settings = MqttSettings(broker=f"127.0.0.1:{port}", name=name, discovery="")
    Publisher(settings, store, lambda: STATE, lambda words: None).run()


def _wait(connection: "psycopg.Connection[tuple[int]]", rows: int) -> None:
    end = time.monotonic() + 600
    while _count(connection, "SELECT count(*) FROM records") < rows and time.monotonic() < end:
        time.sleep(0.5)


def _count(connection: "psycopg.Connection[tuple[int]]", query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(row[0])


if __name__ == "__main__":
    main()
