"""What the store writes to a card: bytes a record, and an idle hour.

    python benchmarks/store_wear.py FOLDER

FOLDER is made anew on the disk that is asked about. Counted by the kernel for this process
(`write_bytes` in proc(5): whole pages on their way to the disk, without the file system's own
journal), which is about what a card has to take.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from plant_device.camera.options import CameraOptions
from plant_device.camera.synthetic import SyntheticSource
from plant_device.classify.line import ClassifiedLine, TopEntry
from plant_device.store.clock import BoardClock
from plant_device.store.store import Store

_LINE = ClassifiedLine(
    path="usb:0",
    frame=123456,
    decision="disease",
    cause="clear",
    reason="probability 0.93",
    label="Tomato___Late_blight",
    probability=0.93,
    top=[TopEntry(label="Tomato___Late_blight", probability=0.93)] * 5,
    energy=11.5,
    ms=8.25,
)
_MODEL = "0" * 64


def _written() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["write_bytes"])


@contextmanager
def _counted(found: list[int]) -> Iterator[None]:
    before = _written()
    yield
    found.append(_written() - before)


def main() -> None:
    """Write, count, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    clock = BoardClock()
    print("frame        pictures  JPEG  written  beyond the picture  (KB a record)")
    with Store(given.folder) as store:
        for size, with_picture in ((None, True), ((1280, 720), True), (None, False)):
            frames = SyntheticSource("", CameraOptions(size=size)).frames()
            pictures = [np.ascontiguousarray(f.picture) for f in itertools.islice(frames, 20)]
            jpeg_before = _jpeg_bytes(given.folder)
            found: list[int] = []
            with _counted(found):
                for number in range(given.records):
                    picture = pictures[number % len(pictures)] if with_picture else None
                    store.keep(picture, _LINE, _MODEL, clock.now())
            jpeg = (_jpeg_bytes(given.folder) - jpeg_before) / given.records / 1e3
            written = found[0] / given.records / 1e3
            name = "x".join(map(str, size or (640, 480)))
            told = "yes" if with_picture else "no"
            print(f"{name:12s} {told:8s} {jpeg:5.0f}  {written:7.0f}  {written - jpeg:10.0f}")
        found = []
        with _counted(found):
            time.sleep(given.idle)
        print(f"idle: {found[0] * 3600 / given.idle:,.0f} bytes an hour")


def _jpeg_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.jpg"))


if __name__ == "__main__":
    main()
