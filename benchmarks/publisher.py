"""What the publisher of a device costs: sending a backlog, idle, and while no broker answers.

    PYTHONPATH=tests/props python benchmarks/publisher.py [--records 1000000] [--seconds 60]

The publisher's own process beside a real mosquitto to which nobody listens.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from device_service import Service
from kept import fill
from mosquitto import Mosquitto, Subscriber


def main() -> None:
    """Measure, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plant-edge-publisher-"))
    broker = Mosquitto.of_lines(folder).start()
    settings = {"broker": f"127.0.0.1:{broker.port}", "name": "barn"}
    for records in (1000, given.records):
        store = folder / str(records)
        fill(store, records)
        service = Service(store, {**settings, "name": f"barn-{records}"}).start()
        begun = time.perf_counter()
        health = Subscriber(broker.port, f"plant-edge/barn-{records}/health", f"of-{records}")
        while health.until(lambda *_: True)[-1][1]["waiting"]:
            pass
        took = time.perf_counter() - begun
        print(f"{records} records: {records / took:,.0f} a second, {_megabytes(service)} MB peak")
        health.close()
        if records == 1000:
            print(f"idle: {_share(service, given.seconds):.2%} of a core")
            broker.stop()
            print(f"no broker: {_share(service, given.seconds):.2%} of a core")
            broker.start()
        service.kill()
    broker.stop()


def _share(service: Service, seconds: float) -> float:
    before = _ticks(service)
    time.sleep(seconds)
    return (_ticks(service) - before) / os.sysconf("SC_CLK_TCK") / seconds


def _ticks(service: Service) -> int:
    assert service.process
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _megabytes(service: Service) -> int:
    assert service.process
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(dict(line.split(":") for line in status.splitlines())["VmHWM"].split()[0]) // 1000


if __name__ == "__main__":
    main()
