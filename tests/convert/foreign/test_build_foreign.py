"""`plant-convert build` on networks that others made: one file for the device, judged like ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from keras.initializers import Constant

from plant_convert.build import build
from plant_convert.foreign.build import build_foreign
from plant_convert.foreign.description import Description, read_normalisation
from plant_convert.foreign.labels import read_labels
from plant_convert.gate import Limits
from plant_convert.inspect import inspect
from plant_convert.order import Order
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Geometry, centre_crop, leaf_picture
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]
WriteClassFolders = Callable[[Path, dict[str, int]], None]

LENIENT = Limits(0.0, 1.0, 1.0)


def _order(network: Path, out: Path, data: Path, limits: Limits = LENIENT) -> Order:
    return Order(network, out, [data], "1", calibration=32, allow_float=False, limits=limits)


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network that names a picture's colour without fail, and data to show it with.

    It takes values of 0 to 1, and gives the classes blue, red, green in this order.
    """
    folder = tmp_path_factory.mktemp("colours")
    kernel = np.eye(3)[:, [2, 0, 1]] * 8
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(3, 1, name="colour"),
            layers.GlobalAveragePooling2D(),
            layers.Softmax(),
        ]
    )
    model.get_layer("colour").set_weights([kernel[np.newaxis, np.newaxis], np.zeros(3)])
    model.save(folder / "colours.keras")
    rng = np.random.default_rng(0)
    for channel, name in enumerate(["red", "green", "blue"]):
        for part, count in (("train", 12), ("val", 6)):
            (folder / "data" / part / name).mkdir(parents=True)
            for number in range(count):
                picture = rng.integers(0, 120, (64, 48, 3), dtype=np.uint8)
                picture[..., channel] += 100
                keras.utils.save_img(
                    folder / "data" / part / name / f"{number}.png", picture, scale=False
                )
    return folder / "colours.keras", folder / "data"


COLOURS = Description(("blue", "red", "green"), read_normalisation(None, "255"))


def test_the_device_names_what_the_foreign_network_names(
    colours: tuple[Path, Path], tmp_path: Path, warm_convert: Command, plant_device: Command
) -> None:
    network, data = colours
    (tmp_path / "labels.txt").write_text("blue\nred\ngreen\n")
    out = tmp_path / "colours.tflite"
    built = warm_convert(
        "build", network, "--labels", tmp_path / "labels.txt", "--data", data, "--out", out,
        "--std", "255",
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    assert "colours.keras is taken for a network of RGB 24 x 24, the centre of 27 x 27" in (
        built.stderr
    )
    assert "float32: 100.00% of 18 held-out pictures are named rightly" in built.stderr
    # At the gate's own limits.
    assert "on 18 held-out pictures top-1 100.00%" in built.stdout
    classified = plant_device("classify", out, data / "val", "--json")
    assert classified.returncode == 0, classified.stderr
    lines = [json.loads(line) for line in classified.stdout.splitlines()]
    assert len(lines) == 18
    assert all(line["label"] == Path(line["path"]).parent.name for line in lines)


def test_the_file_says_what_it_was_made_of(colours: tuple[Path, Path], tmp_path: Path) -> None:
    network, data = colours
    os.utime(network, (1_700_000_000, 1_700_000_000))
    out = tmp_path / "colours.tflite"
    comparison = build_foreign(_order(network, out, data), COLOURS).passed.judged.held_out
    manifest = read_model_file(out).manifest
    assert manifest.labels == ["blue", "red", "green"]
    assert manifest.architecture == "foreign"
    assert manifest.geometry == Geometry(24, 27)
    assert manifest.held_out.int8 == comparison.int8
    assert manifest.made_by.run == "colours.keras"
    assert manifest.made_by.created == "2023-11-14T22:13:20+00:00"
    assert "keras" in manifest.made_by.versions
    inspected = inspect(out)
    assert inspected.float_ops == []
    # The normalisation is inside the convolution, and the softmax left to the device.
    assert set(inspected.ops) <= {"QUANTIZE", "CONV_2D", "MEAN"}
    # Logits of the network are 8 times a channel's mean.
    leaf = leaf_picture(read_picture(data / "val" / "red" / "0.png"), manifest.geometry)
    exact = 8 / 255 * centre_crop(leaf, manifest.geometry).mean(axis=(0, 1))[[2, 0, 1]]
    assert manifest.thresholds.not_leaf == pytest.approx(np.logaddexp.reduce(exact), abs=0.7)


def test_a_validation_folder_is_held_out_else_a_part_and_a_test_folder_is_not_opened(
    foreign_keras: Path, foreign_labels: Path, lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    described = Description(read_labels(foreign_labels), stored_side=36)
    data = tmp_path / "data"
    shutil.copytree(sample_data / "train", data / "train")
    (data / "test" / "unknown").mkdir(parents=True)
    build_foreign(_order(foreign_keras, tmp_path / "split.tflite", data), described)
    # As `fit` divides it: the run held the same pictures out, and is the same network.
    record, result = Run(lenet_run).finished()
    manifest = read_model_file(tmp_path / "split.tflite").manifest
    assert manifest.held_out.data_fingerprint == record.data.validation_fingerprint
    assert manifest.held_out.float32.top1 == result.validation.top1
    assert manifest.held_out.float32.log_loss == pytest.approx(result.validation.log_loss, 1e-4)
    shutil.copytree(sample_data / "test", data / "val")
    build_foreign(_order(foreign_keras, tmp_path / "val.tflite", data), described)
    assert read_model_file(tmp_path / "val.tflite").manifest.held_out.int8.n == 32


def test_a_run_and_its_network_alone_give_the_same_integers(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    record, _ = Run(lenet_run).finished()
    described = Description(tuple(record.classes), stored_side=36)
    theirs, ours = tmp_path / "theirs.tflite", tmp_path / "ours.tflite"
    build_foreign(_order(lenet_run / "model.keras", theirs, sample_data), described)
    build(_order(lenet_run, ours, sample_data))
    one, other = (read_model_file(file).manifest for file in (theirs, ours))
    assert one.self_test == other.self_test
    assert one.held_out == other.held_out
    assert one.thresholds == other.thresholds


def test_the_gate_is_the_same(
    colours: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, data = colours
    model = keras.saving.load_model(network)
    kernel, bias = model.get_layer("colour").get_weights()
    # Steps of int8 that are larger than what the classes differ by.
    model.get_layer("colour").set_weights([kernel * 1e-5, bias + 10 + np.arange(3) * 1e-3])
    wavering = keras.Sequential([keras.Input((24, 24, 3)), *model.layers[:-1]])
    wavering.save(tmp_path / "wavering.keras")
    wavering.export(tmp_path / "wavering", verbose=False)
    out = tmp_path / "wavering.tflite"
    for place in ("wavering.keras", "wavering"):
        with pytest.raises(UserError, match=r"^the int8 model is not written: ") as refused:
            build_foreign(_order(tmp_path / place, out, data, Limits()), COLOURS)
        assert refused.value.exit_code == REFUSED
        assert not out.exists()
        assert "signal to quantisation noise" in capsys.readouterr().err


def test_probabilities_made_in_another_way_are_noticed(
    colours: tuple[Path, Path], tmp_path: Path
) -> None:
    network, data = colours
    model = keras.saving.load_model(network)
    probabilities = model.outputs[0]
    again = layers.Reshape((3,))(layers.Reshape((1, 3))(probabilities))
    keras.Model(model.inputs, again).save(tmp_path / "hidden.keras")
    with pytest.raises(UserError, match="it gives probabilities made in another way"):
        build_foreign(_order(tmp_path / "hidden.keras", tmp_path / "o.tflite", data), COLOURS)


def test_an_op_that_tflite_does_not_have_is_named(
    colours: tuple[Path, Path], tmp_path: Path
) -> None:
    _, data = colours
    inputs = keras.Input((24, 24, 3))
    x = layers.GlobalAveragePooling2D()(keras.ops.erfinv(inputs / 300.0))
    keras.Model(inputs, x).save(tmp_path / "strange.keras")
    with pytest.raises(
        UserError, match=r"makes no TFLite model .* TFLite has no Erfinv; "
    ) as refused:
        build_foreign(_order(tmp_path / "strange.keras", tmp_path / "o.tflite", data), COLOURS)
    assert refused.value.exit_code == REFUSED


def test_data_of_other_classes_or_none_are_refused_before_anything_is_read(
    colours: tuple[Path, Path], tmp_path: Path, write_class_folders: WriteClassFolders
) -> None:
    network, _ = colours
    write_class_folders(tmp_path / "data", {"red": 3, "violet": 3})
    order = _order(network, tmp_path / "o.tflite", tmp_path / "data")
    with pytest.raises(UserError, match="has classes that the model does not know: violet"):
        build_foreign(order, COLOURS)
    with pytest.raises(UserError, match=r"^expected pictures of the classes with --data: "):
        build_foreign(replace(order, data=[]), COLOURS)
    with pytest.raises(UserError, match=r"is no run folder but a model that others made: name its"):
        build(order)


def test_any_number_of_pictures_becomes_one_and_every_shape_is_fixed(
    colours: tuple[Path, Path], tmp_path: Path
) -> None:
    _, data = colours
    inputs = keras.Input((24, 24, 3))
    x = layers.MaxPooling2D(4)(layers.Conv2D(4, 3, padding="same", activation="relu")(inputs))
    x = layers.Resizing(8, 8)(layers.UpSampling2D(2)(x))
    # What is counted when it runs, in a network that takes any number of pictures.
    x = layers.Flatten()(layers.Reshape((16, -1))(x))
    model = keras.Model(inputs, layers.Dense(3)(x))
    model.save(tmp_path / "any.keras")
    model.export(tmp_path / "any", verbose=False)
    for place in ("any.keras", "any"):
        out = tmp_path / f"{place}.tflite"
        build_foreign(_order(tmp_path / place, out, data), COLOURS)
        interpreter = Interpreter(model_content=read_model_file(out).flatbuffer)
        interpreter.allocate_tensors()
        assert interpreter.get_input_details()[0]["shape"].tolist() == [1, 24, 24, 3]
        assert interpreter.get_output_details()[0]["shape"].tolist() == [1, 3]
        for tensor in interpreter.get_tensor_details():
            assert -1 not in tensor["shape_signature"], tensor["name"]
        assert not {"SHAPE", "STRIDED_SLICE", "PACK"} & set(inspect(out).ops)


def test_a_layer_whose_activation_overflows_is_named_where_the_converter_would_crash(
    colours: tuple[Path, Path], tmp_path: Path, warm_convert: Command
) -> None:
    _, data = colours
    inputs = keras.Input((24, 24, 3))
    x = layers.Conv2D(3, 1, name="colour")(inputs)
    x = layers.GlobalAveragePooling2D()(layers.Activation("selu", name="strange")(x))
    keras.Model(inputs, x).save(tmp_path / "selu.keras")
    (tmp_path / "labels.txt").write_text("blue\nred\ngreen\n")
    process = warm_convert(
        "build", tmp_path / "selu.keras", "--labels", tmp_path / "labels.txt", "--data", data,
        "--out", tmp_path / "o.tflite",
    )  # fmt: skip
    assert process.returncode == REFUSED
    *_, last = process.stderr.splitlines()
    assert "EXP functional_1/strange_1/Selu" in last
    assert "gives infinity" in last
    assert not (tmp_path / "o.tflite").exists()


def test_an_overflow_of_ordinary_layers_is_named_too(
    colours: tuple[Path, Path], tmp_path: Path
) -> None:
    _, data = colours
    inputs = keras.Input((24, 24, 3))
    big = layers.Conv2D(3, 1, kernel_initializer=Constant(1e37), name="enormous")
    x = layers.GlobalAveragePooling2D()(big(layers.MaxPooling2D(2)(inputs)))
    keras.Model(inputs, x).save(tmp_path / "big.keras")
    raw = Description(COLOURS.labels)
    with pytest.raises(
        UserError, match=r"CONV_2D \S+ \(Conv2D enormous\) gives infinity"
    ) as refused:
        build_foreign(_order(tmp_path / "big.keras", tmp_path / "o.tflite", data), raw)
    assert refused.value.exit_code == REFUSED


def test_an_op_that_is_not_integer_is_named_with_its_layer_and_alone(
    colours: tuple[Path, Path], tmp_path: Path
) -> None:
    _, data = colours
    inputs = keras.Input((24, 24, 3))
    x = layers.Flatten()(layers.Conv2D(3, 3, strides=4)(inputs))
    x = layers.Dense(3)(layers.LayerNormalization(name="even")(x))
    keras.Model(inputs, x).save(tmp_path / "even.keras")
    with pytest.raises(
        UserError, match=r"1 ops are not: NEG \S+ \(LayerNormalization even\)\. Take"
    ):
        build_foreign(_order(tmp_path / "even.keras", tmp_path / "o.tflite", data), COLOURS)
