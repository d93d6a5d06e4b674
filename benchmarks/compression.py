"""How small a network's file can be, at what cost: size, accuracy and time.

    python benchmarks/compression.py RUN [--compress 64,0.98 ...] [--out curve.png]

RUN is a finished run of `plant-train fit`. Compresses it in each way as `plant-convert build
--compress` does, converts it to int8, and judges it on the run's held-out pictures. At the end all
are timed in turns, in one thread, and a table is printed; the plot shows macro F1 and time over
size.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import keras
from converted import int8_file, int8_logits
from matplotlib.figure import Figure
from tflite_calls import tflite
from turns import in_turns

from plant_convert.calibration import representative_pictures
from plant_convert.compress import compressed
from plant_convert.compression import COMPRESSIONS, read_compressions
from plant_convert.origin import Origin, run_origin
from plant_train.judge.metrics import agreement, figures


@dataclass(frozen=True)
class Point:
    """One file on the curve.

    Args:
        name: which.
        macro_f1: on the held-out pictures.
        agreement: of its first class with float32's.
    """

    name: str
    flatbuffer: bytes
    macro_f1: float
    agreement: float

    @property
    def megabytes(self) -> float:
        """Its size."""
        return len(self.flatbuffer) / 1e6


def point(name: str, model: keras.Model, origin: Origin) -> Point:
    """Convert and judge."""
    flatbuffer = int8_file(model, representative_pictures(origin.training, 128))
    int8, held_out = int8_logits(flatbuffer, origin), origin.validation
    macro_f1 = figures(int8, held_out.labels, held_out.classes, 1.0).macro_f1
    print(f"{name}: macro F1 {macro_f1:.4f}", file=sys.stderr, flush=True)
    return Point(name, flatbuffer, macro_f1, agreement(origin.float32, int8))


def plot(points: list[Point], ms: list[float], path: Path) -> None:
    """Macro F1 and milliseconds over megabytes."""
    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    for axes, values in ((above, [one.macro_f1 for one in points]), (below, ms)):
        for dense_only, mark in ((False, "o"), (True, "s")):
            chosen = [n for n, one in enumerate(points) if ("," not in one.name) == dense_only]
            axes.semilogx(
                [points[n].megabytes for n in chosen],
                [values[n] for n in chosen],
                mark,
                label="dense layers alone" if dense_only else "convolutions too",
            )
        for one, value in zip(points, values, strict=True):
            axes.annotate(
                one.name, (one.megabytes, value), (4, -11), textcoords="offset points", fontsize=8
            )
        axes.grid(alpha=0.3)
    above.set(ylabel="macro F1, held-out pictures")
    above.legend(loc="lower right")
    below.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    below.minorticks_off()
    # Room for the names.
    below.set_xlim(1, 100)
    above.margins(y=0.12)
    below.set(xlabel="MB of the file", ylabel="ms a picture, one thread", ylim=(0, None))
    figure.savefig(path, dpi=120)


def main() -> None:
    """Compress, judge, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--compress", nargs="+", default=[str(one) for one in COMPRESSIONS])
    parser.add_argument("--out", type=Path, default=Path("curve.png"))
    arguments = parser.parse_args()

    origin = run_origin(arguments.run, [])
    points = [point("whole", origin.model, origin)]
    asked = [one for each in arguments.compress for one in read_compressions(each)]
    for compression, smaller in compressed(arguments.run, origin, asked):
        points.append(point(str(compression), smaller, origin))
    points.sort(key=lambda one: one.megabytes)
    ready = {one.name: tflite(one.flatbuffer, threads=1) for one in points}
    times = in_turns(ready, rounds=8, calls=20)
    ms = [times[one.name].clock * 1e3 for one in points]
    print("| compressed by | MB | macro F1 | agreement with float32 | ms |\n|---|---|---|---|---|")
    for one, its in zip(points, ms, strict=True):
        print(
            f"| {one.name} | {one.megabytes:.2f} | {one.macro_f1:.4f} | {one.agreement:.2%} "
            f"| {its:.1f} |"
        )
    plot(points, ms, arguments.out)


if __name__ == "__main__":
    main()
