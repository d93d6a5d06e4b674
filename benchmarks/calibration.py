"""Which quantiser, calibration method and number of pictures give an int8 model most like float32?

    python benchmarks/calibration.py RUN [--data DATA ...] [--pictures 64 256 1024]

RUN: a finished run of `plant-train fit`. Converts its model with each back end, each of its methods
and each number of representative pictures, and compares the logits of the run's held-out pictures
with float32's: fraction with the same first class, and signal-to-quantisation-noise ratio. Prints
a table, with the seconds that quantising took.
"""

import argparse
import time
from pathlib import Path

from converted import int8_logits, integer_graph, likeness

from plant_convert.backends import METHODS, Quantisation, quantise
from plant_convert.calibration import representative_pictures
from plant_convert.origin import run_origin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--pictures", type=int, nargs="+", default=[64, 256, 1024])
    arguments = parser.parse_args()

    origin = run_origin(arguments.run, arguments.data)
    _print_row("back end", "method", "pictures", "same first class", "SQNR", "seconds")
    _print_row(*["---"] * 6)
    for pictures in arguments.pictures:
        representative = representative_pictures(origin.training, pictures)
        graph = integer_graph(origin.model, representative)
        for quantisation in (
            Quantisation(backend, method) for backend, ways in METHODS.items() for method in ways
        ):
            start = time.perf_counter()
            flatbuffer = quantise(graph, representative, quantisation)
            seconds = time.perf_counter() - start
            like = likeness(origin.float32, int8_logits(flatbuffer, origin))
            _print_row(
                quantisation.backend.value,
                quantisation.method.value,
                str(pictures),
                f"{like.agreement:.2%}",
                f"{like.decibels:.1f} dB",
                f"{seconds:.0f}",
            )


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
