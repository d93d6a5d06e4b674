"""What TensorFlow's converter makes of a graph: integers, and ops that devices run well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from plant_convert.backends.tensorflow import quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.graph import inference_graph
from plant_device.contract.model_file import read_model_file
from plant_train.archs import read_options
from plant_train.archs.alexnet import ALEXNET
from plant_train.run import Run

# What a dynamic batch axis or an op from outside TFLite's own would add.
UNWANTED = {"SHAPE", "STRIDED_SLICE", "PACK", "CUSTOM", "DELEGATE"}


def _details(flatbuffer: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    return source, result


def _check_ends(flatbuffer: bytes, side: int, classes: int) -> None:
    source, result = _details(flatbuffer)
    assert source["dtype"] is np.uint8
    assert source["shape"].tolist() == [1, side, side, 3]
    # Raw pixels enter without rounding.
    assert source["quantization"] == (1.0, 0)
    assert result["dtype"] is np.int8
    assert result["shape"].tolist() == [1, classes]


def test_lenet_is_integers_from_end_to_end(lenet_model_file: Path) -> None:
    flatbuffer = read_model_file(lenet_model_file).flatbuffer
    _check_ends(flatbuffer, 32, 8)
    contents = read_contents(flatbuffer)
    assert set(contents.tensor_types) <= {"INT8", "INT32", "UINT8"}
    assert contents.float_tensors == 0
    assert not UNWANTED & set(contents.ops)
    assert contents.ops.count("CONV_2D") == 2
    assert contents.ops.count("FULLY_CONNECTED") == 3
    assert contents.ops.count("MAX_POOL_2D") == 2
    assert set(contents.ops) <= {
        "QUANTIZE",
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
    }


def test_its_int8_logits_are_near_the_float_ones(lenet_run: Path, lenet_model_file: Path) -> None:
    model = Run(lenet_run).load_model()
    interpreter = Interpreter(model_content=read_model_file(lenet_model_file).flatbuffer)
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = result["quantization"]
    pictures = np.random.default_rng(0).integers(60, 190, (20, 32, 32, 3)).astype(np.uint8)
    for picture in pictures:
        interpreter.set_tensor(source["index"], picture[np.newaxis])
        interpreter.invoke()
        steps = interpreter.get_tensor(result["index"])[0].astype(float) - zero_point
        exact = model(picture[np.newaxis].astype(np.float32), training=False).numpy()[0]
        inside = np.clip(exact, (-128 - zero_point) * scale, (127 - zero_point) * scale)
        # Layer after layer a step or so of rounding; a wrong channel order or mean is far off.
        np.testing.assert_allclose(steps * scale, inside, atol=12 * scale)


def test_a_normalisation_that_cannot_be_folded_still_takes_raw_pixels() -> None:
    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Rescaling(1.0, offset=[-60.0, -50.0, -40.0])(inputs)
    x = keras.layers.Flatten()(keras.layers.Conv2D(4, 3, padding="same", name="first")(x))
    model = keras.Model(inputs, keras.layers.Dense(3, name="logits")(x))
    pictures = [*np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3)).astype(np.uint8)]
    pictures[0][0, 0], pictures[0][-1, -1] = 0, 255
    flatbuffer = quantise(inference_graph(model), pictures)
    _check_ends(flatbuffer, 12, 3)
    assert read_contents(flatbuffer).float_tensors == 0


@pytest.mark.slow
def test_alexnet_has_one_convolution_op_a_convolution_though_three_are_grouped() -> None:
    model = ALEXNET.build(8, read_options(ALEXNET, []))
    pictures = [*np.random.default_rng(0).integers(0, 256, (8, 227, 227, 3)).astype(np.uint8)]
    pictures[0][0, 0], pictures[0][-1, -1] = 0, 255
    flatbuffer = quantise(inference_graph(model), pictures)
    _check_ends(flatbuffer, 227, 8)
    contents = read_contents(flatbuffer)
    # One more gathers the first one's blocks of pixels.
    assert contents.ops.count("CONV_2D") == 5 + 1
    assert contents.ops.count("FULLY_CONNECTED") == 3
    assert not UNWANTED & set(contents.ops)
    assert not [op for op in contents.ops if op.startswith("Flex")]
    # TFLite normalises in float alone: two islands, and nothing else.
    assert contents.ops.count("LOCAL_RESPONSE_NORMALIZATION") == 2
    assert contents.ops.count("DEQUANTIZE") == 2
    assert contents.float_tensors == 4
