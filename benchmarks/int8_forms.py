"""What the forms of one trained network cost on a device, and how like float32 they are.

    python benchmarks/int8_forms.py RUN [--threads 1] [--rounds 8] [--tflite-runtime PYTHON]
                                    [FILE.tflite ...]

RUN is a finished run of `plant-train fit` whose network has local response normalisation. Converts
it as plant-convert does and as a plain TFLiteConverter does with the same calibration; with other
forms of the normalisation, and with none (another function: the time that convolutions and dense
layers take by themselves); and to float32, float16 and dynamic range. ONNX Runtime's float32 and
int8 of the same graph join where it is installed (pip install onnxruntime). So does another Python
that has tflite-runtime (`make test-tflite-runtime` makes one, in .venv-tflite-runtime).

All of them, and the given files, are timed in turns. Prints for each its size, its median time a
picture by the clock and by the processor, how many times faster than the plain conversion it is by
the clock, and how like float32's its logits are on the run's held-out pictures.
"""

import argparse
import importlib.util
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from converted import (
    Likeness,
    int8_logits,
    integer_graph,
    likeness,
    network_inputs,
    with_layers,
)
from normalisations import as_scales, with_form, without
from tflite_calls import other_python, tflite
from turns import Contestant, Times, in_turns

from plant_convert.backends import Quantisation, quantise
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.calibration import representative_pictures
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import LogExpLrn, RsqrtLrn
from plant_convert.origin import Origin, run_origin
from plant_convert.space_to_depth import SpaceToDepthConv2D
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture

_PLAIN = "int8, plain TFLiteConverter"
# These take float32, and are float32 but for the rounding of weights.
_FLOAT_INPUT = ("float32", "float16", "dynamic range")
# Pictures whose ONNX logits have to be Keras's.
_PROVED = 16


@dataclass(frozen=True)
class Form:
    """One form of the network.

    Args:
        megabytes: of its file.
        timed: its turns.
        like: its likeness to float32; None where nobody asked.
    """

    megabytes: float
    timed: Contestant
    like: Likeness | None = None


def flatbuffers(origin: Origin, pictures: list[Picture]) -> dict[str, bytes]:
    """The network as TFLite, by what each is."""
    as_trained = inference_graph(origin.model)
    integer = integer_graph(origin.model, pictures)
    int8 = {
        _PLAIN: _of_keras_own_layers(as_trained),
        "int8, plant-convert": integer,
        "int8, LRN as TFLite's float op": as_trained,
        "int8, LRN by LOG and EXP": with_form(integer, LogExpLrn),
        "int8, LRN by two RSQRT": with_form(integer, RsqrtLrn),
        "int8, LRN as a constant for each channel": as_scales(as_trained, pictures),
        "int8, no LRN at all": without(as_trained),
    }
    return {
        "float32": float32_flatbuffer(as_trained),
        "float16": _weights_alone(as_trained, [tf.float16]),
        "dynamic range": _weights_alone(as_trained, []),
        **{name: quantise(graph, pictures, Quantisation()) for name, graph in int8.items()},
    }


def _of_keras_own_layers(graph: keras.Model) -> keras.Model:
    return with_layers(
        graph,
        lambda layer: (
            keras.layers.Conv2D.from_config(layer.get_config())
            if isinstance(layer, SpaceToDepthConv2D)
            else None
        ),
    )


def _weights_alone(graph: keras.Model, types: list[tf.DType]) -> bytes:
    side = graph.inputs[0].shape[1]
    with tempfile.TemporaryDirectory() as folder:
        signature = [tf.TensorSpec((1, side, side, 3), tf.float32)]
        graph.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = types
        return bytes(converter.convert())


def onnx_forms(origin: Origin, pictures: list[Picture], threads: int) -> dict[str, Form]:
    """ONNX Runtime's, of a graph whose float32 logits were found to be Keras's."""
    from onnx_network import onnx_int8, onnx_logits, onnx_model, onnx_runtime

    float32 = onnx_model(inference_graph(origin.model))
    held_out = network_inputs(origin.validation)
    some = held_out[:_PROVED]
    np.testing.assert_allclose(
        onnx_logits(float32, some), origin.float32[: len(some)], rtol=1e-3, atol=1e-2
    )
    models = {"float32": float32, "int8": onnx_int8(float32, pictures)}
    return {
        f"{name}, ONNX Runtime": Form(
            model.ByteSize() / 1e6,
            onnx_runtime(model, threads),
            likeness(origin.float32, onnx_logits(model, held_out)),
        )
        for name, model in models.items()
    }


def main() -> None:
    """Convert, run in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--calls", type=int, default=10, help="of a network in a round")
    parser.add_argument("--calibration", type=int, default=64)
    parser.add_argument("--tflite-runtime", metavar="PYTHON", help="one that has it")
    arguments = parser.parse_intermixed_args()

    origin = run_origin(arguments.run, [])
    pictures = representative_pictures(origin.training, arguments.calibration)
    made = flatbuffers(origin, pictures)
    made |= {path.name: path.read_bytes() for path in arguments.files}
    forms = {
        name: Form(
            len(flatbuffer) / 1e6,
            tflite(flatbuffer, arguments.threads),
            None
            if name in _FLOAT_INPUT
            else likeness(origin.float32, int8_logits(flatbuffer, origin)),
        )
        for name, flatbuffer in made.items()
    }
    if importlib.util.find_spec("onnxruntime") and importlib.util.find_spec("onnx"):
        forms |= onnx_forms(origin, pictures, arguments.threads)
    else:
        print("ONNX Runtime is not installed: left out")
    with ExitStack() as stack:
        if arguments.tflite_runtime:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            network = stack.enter_context(other_python(arguments.tflite_runtime))
            for number, (name, flatbuffer) in enumerate(made.items()):
                file = folder / f"{number}.tflite"
                file.write_bytes(flatbuffer)
                timed = network(file, arguments.threads)
                try:
                    timed(1)
                except UserError as error:
                    print(f"{name}: left out: {str(error).partition('. ')[0]}")
                    continue
                forms[f"{name}, tflite-runtime"] = Form(len(flatbuffer) / 1e6, timed)
        else:
            print("--tflite-runtime names no Python that has it: left out")
        medians = in_turns(
            {name: form.timed for name, form in forms.items()}, arguments.rounds, arguments.calls
        )
    _print(forms, medians)


def _print(forms: dict[str, Form], medians: dict[str, Times]) -> None:
    print("| form | MB | ms | ms of processor | times faster | SQNR | same first class |")
    print("|---|---|---|---|---|---|---|")
    for name, form in forms.items():
        clock, processor = medians[name]
        like = form.like and f"{form.like.decibels:.1f} dB | {form.like.agreement:.2%}"
        print(
            f"| {name} | {form.megabytes:.1f} | {clock * 1e3:.1f} | {processor * 1e3:.1f} "
            f"| {medians[_PLAIN].clock / clock:.2f} | {like or ' | '} |"
        )


if __name__ == "__main__":
    main()
