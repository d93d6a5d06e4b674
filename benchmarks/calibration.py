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

import numpy as np

from plant_convert.backends import METHODS, Quantisation, quantise
from plant_convert.calibration import representative_pictures
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_device.classify.runtime import Runtime
from plant_device.contract.geometry import centre_crop
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import agreement
from plant_train.run import Run
from plant_train.run_pictures import training_pictures, validation_pictures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--pictures", type=int, nargs="+", default=[64, 256, 1024])
    arguments = parser.parse_args()

    run = Run(arguments.run)
    record, _ = run.finished()
    model = run.load_model()
    training = training_pictures(run, record, arguments.data)
    validation = validation_pictures(run, record, arguments.data)
    inputs = [centre_crop(validation.leaf(n), validation.geometry) for n in range(len(validation))]
    float32 = predict_logits(model, validation, "float32")
    _print_row("back end", "method", "pictures", "same first class", "SQNR", "seconds")
    _print_row(*["---"] * 6)
    for pictures in arguments.pictures:
        representative = representative_pictures(training, pictures)
        graph = with_integer_lrn(inference_graph(model), representative)
        for quantisation in (
            Quantisation(backend, method) for backend, ways in METHODS.items() for method in ways
        ):
            start = time.perf_counter()
            flatbuffer = quantise(graph, representative, quantisation)
            seconds = time.perf_counter() - start
            runtime = Runtime(
                flatbuffer,
                side=validation.geometry.input_side,
                classes=len(record.classes),
                name="the int8 model",
            )
            int8 = np.stack([runtime.logits(picture) for picture in inputs])
            noise = np.mean((int8 - float32) ** 2)
            _print_row(
                quantisation.backend.value,
                quantisation.method.value,
                str(pictures),
                f"{agreement(float32, int8):.2%}",
                f"{10 * np.log10(np.mean(float32**2) / noise):.1f} dB",
                f"{seconds:.0f}",
            )


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
