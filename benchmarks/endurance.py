"""A season in minutes: a million frames of the synthetic camera through a whole `plant-device run`.

    python benchmarks/endurance.py leaves.tflite STORE --frames 1000000 --out endurance.png
    python benchmarks/endurance.py leaves.tflite STORE --frames 1000000 --out faults.png \
        --source 'synthetic:live,any@3600#size=96x72&fps=240'

Memory, open files and threads of the service and of its camera's process are looked at now and
then, with the size of the store; after the start all but the last must stay where they are. A small
network and small frames make it quick: what could grow does so by frames, not by their size. The
second camera hangs, dies, freezes … every 15 s, and is opened again each time.
"""

import argparse
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from plant_device.store.store import Store

_SOURCE = "synthetic:#size=96x72"


@dataclass(frozen=True)
class Sample:
    """What a process and its children had after so many seconds; memory in MB."""

    seconds: float
    frames: int
    service_mb: float
    camera_mb: float
    files: int
    threads: int
    store_mb: float


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def _megabytes(pid: int) -> float:
    return int(_status(pid)["VmRSS"].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _children_megabytes(pid: int) -> float:
    # A camera's process that fails is killed at any moment.
    megabytes = 0.0
    for child in _children(pid):
        with suppress(OSError, KeyError):
            megabytes += _megabytes(child)
    return megabytes


def _sample(pid: int, begun: float, frames: int, store: Path) -> Sample:
    return Sample(
        time.monotonic() - begun,
        frames,
        _megabytes(pid),
        _children_megabytes(pid),
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        int(_status(pid)["Threads"]),
        sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 1e6,
    )


def _plotted(samples: list[Sample]) -> Figure:
    figure = Figure(figsize=(8, 5), layout="constrained")
    memory, numbers = figure.subplots(2, 1, sharex=True)
    frames = [sample.frames / 1000 for sample in samples]
    memory.plot(frames, [sample.service_mb for sample in samples], label="service")
    memory.plot(frames, [sample.camera_mb for sample in samples], label="camera's process")
    memory.plot(frames, [sample.store_mb for sample in samples], label="store on the disk", ls=":")
    memory.set_ylabel("MB")
    numbers.plot(frames, [sample.files for sample in samples], label="open files")
    numbers.plot(frames, [sample.threads for sample in samples], label="threads")
    numbers.set_xlabel("thousand frames")
    for axes in (memory, numbers):
        axes.set_ylim(bottom=0)
        axes.legend(loc="center right")
        axes.grid(alpha=0.3)
    return figure


def main() -> None:
    """Run, look, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--source", default=_SOURCE)
    parser.add_argument("--out", type=Path, help="a plot")
    parser.add_argument("--every", type=int, default=10_000, help="frames between looks")
    given = parser.parse_args()
    command = [sys.executable, "-m", "plant_device", "run", "--model", str(given.model)]
    command += ["--source", given.source, "--frames", str(given.frames), "--json"]
    command += ["--store", str(given.store), "--threads", "1", "--steady", "0.2"]
    samples = []
    begun = time.monotonic()
    print("   frames  seconds  service MB  camera MB  files  threads  store MB")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as service:
        assert service.stdout
        for number, _ in enumerate(service.stdout):
            if number % given.every == given.every // 10:
                one = _sample(service.pid, begun, number, given.store)
                samples.append(one)
                print(
                    f"{one.frames:9,d}  {one.seconds:7.0f}  {one.service_mb:10.1f}  "
                    f"{one.camera_mb:9.1f}  {one.files:5d}  {one.threads:7d}  {one.store_mb:8.1f}",
                    flush=True,
                )
    if service.returncode:
        raise SystemExit(f"the service ended with {service.returncode}")
    with Store.existing(given.store) as store:
        told = sum(event.kind == "camera" for event in store.events())
        print(f"{store.count()} records, {told} events of the camera")
    if given.out:
        _plotted(samples).savefig(given.out, dpi=120)


if __name__ == "__main__":
    main()
