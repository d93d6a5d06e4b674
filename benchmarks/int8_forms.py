"""What the forms of one trained network cost on a device's processor.

    python benchmarks/int8_forms.py RUN [--threads 1] [--rounds 60] [FILE.tflite ...]

RUN is a finished run of `plant-train fit`. Converts it as plant-convert does, as a plain
TFLiteConverter does with the same calibration, without any local response normalisation (another
function: the time that convolutions and dense layers take by themselves), and to float32, float16
and dynamic range; then runs these and the given files in turns, and prints for each its size, its
median time a picture, and how many times faster than the plain conversion it is.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from plant_convert.backends import Quantisation, quantise
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.calibration import representative_pictures
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_train.archs.layers import LocalResponseNormalization
from plant_train.run import Run
from plant_train.run_pictures import training_pictures

_PLAIN = "int8, plain TFLiteConverter"


def forms(folder: Path, calibration: int) -> dict[str, bytes]:
    """Flatbuffers of the run's network, by what they are."""
    run = Run(folder)
    record, _ = run.finished()
    graph = inference_graph(run.load_model())
    pictures = representative_pictures(training_pictures(run, record, []), calibration)
    plain = Quantisation()
    return {
        "float32": float32_flatbuffer(graph),
        "float16": _weights_alone(graph, [tf.float16]),
        "dynamic range": _weights_alone(graph, []),
        _PLAIN: quantise(graph, pictures, plain),
        "int8, plant-convert": quantise(with_integer_lrn(graph, pictures), pictures, plain),
        "int8, no normalisation at all": quantise(_without_normalisation(graph), pictures, plain),
    }


def _without_normalisation(graph: keras.Model) -> keras.Model:
    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, LocalResponseNormalization):
            return keras.layers.Activation("linear", name=layer.name)
        return type(layer).from_config(layer.get_config())

    bare = keras.models.clone_model(graph, clone_function=clone)
    bare.set_weights(graph.get_weights())
    return bare


def _weights_alone(graph: keras.Model, types: list[tf.DType]) -> bytes:
    side = graph.inputs[0].shape[1]
    with tempfile.TemporaryDirectory() as folder:
        signature = [tf.TensorSpec((1, side, side, 3), tf.float32)]
        graph.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = types
        return bytes(converter.convert())


def caller(flatbuffer: bytes, threads: int) -> Callable[[], None]:
    """What runs a flatbuffer once, on a picture that stays the same."""
    interpreter = Interpreter(model_content=flatbuffer, num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    pixels = np.random.default_rng(0).integers(0, 256, source["shape"]).astype(source["dtype"])
    interpreter.set_tensor(source["index"], pixels)
    interpreter.invoke()
    run: Callable[[], None] = interpreter.invoke
    return run


def main() -> None:
    """Convert, run in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calibration", type=int, default=64)
    arguments = parser.parse_args()

    made = forms(arguments.run, arguments.calibration)
    made |= {path.name: path.read_bytes() for path in arguments.files}
    callers = {name: caller(flatbuffer, arguments.threads) for name, flatbuffer in made.items()}
    seconds: dict[str, list[float]] = {name: [] for name in callers}
    for _ in range(arguments.rounds):
        for name, call in callers.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    print("| form | MB | ms | times faster than plain |")
    print("|---|---|---|---|")
    for name, flatbuffer in made.items():
        print(
            f"| {name} | {len(flatbuffer) / 1e6:.1f} | {median[name] * 1e3:.1f} "
            f"| {median[_PLAIN] / median[name]:.2f} |"
        )


if __name__ == "__main__":
    main()
