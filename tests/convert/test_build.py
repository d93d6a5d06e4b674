from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from plant_convert.build import build
from plant_convert.compression import Compression
from plant_convert.flatbuffer import read_contents
from plant_convert.gate import Limits
from plant_convert.inspect import inspect
from plant_convert.metadata import read_metadata
from plant_convert.order import Order
from plant_convert.write import write
from plant_device.classify.runtime import runtime_of
from plant_device.contract.classes import leaf_class
from plant_device.contract.errors import REFUSED, WRONG_INPUT, UserError
from plant_device.contract.geometry import network_input
from plant_device.contract.manifest import Conversion
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture
from plant_train.archs.layers import LocalResponseNormalization
from plant_train.judge.calibration import fit_temperature, fit_unsure
from plant_train.judge.unknown import energy
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]

LENIENT = Limits(0.0, 1.0, 1.0)


def _order(run: Path, out: Path, data: Path | None = None, limits: Limits = LENIENT) -> Order:
    where = [data] if data else []
    return Order(run, out, where, "3", calibration=32, allow_float=False, limits=limits)


@pytest.fixture
def moved_run(lenet_run: Path, tmp_path: Path) -> Path:
    """A copy of the run whose pictures are not where they were."""
    out = tmp_path / "moved_run"
    shutil.copytree(lenet_run, out)
    text = (out / "run.json").read_text()
    record = json.loads(text)
    record["data"]["roots"] = [str(tmp_path / "gone")]
    (out / "run.json").write_text(json.dumps(record))
    return out


@pytest.fixture
def wavering_run(lenet_run: Path, tmp_path: Path) -> Path:
    """A run whose logits differ by less than a step of int8: converting it loses all answers."""
    out = tmp_path / "wavering_run"
    shutil.copytree(lenet_run, out)
    run = Run(out)
    model = run.load_model()
    layer = model.get_layer("output")
    kernel, _ = layer.get_weights()
    layer.set_weights([kernel * 1e-5, 10 + np.arange(8) * 1e-3])
    model.save(run.model_path)
    return out


@pytest.fixture
def float_run(lenet_run: Path, tmp_path: Path) -> Path:
    """A run that normalises raw pixels, which no integer form is known for."""
    out = tmp_path / "float_run"
    shutil.copytree(lenet_run, out)
    run = Run(out)
    pixels, *chain = run.load_model().layers
    x = LocalResponseNormalization(3, 1e-4, 0.75, 1.0, name="norm")(pixels.output)
    for layer in chain:
        x = layer(x)
    keras.Model(pixels.output, x).save(run.model_path)
    return out


def test_the_file_says_what_it_is_and_what_it_was_measured_at(
    lenet_run: Path, lenet_model_file: Path
) -> None:
    record, result = Run(lenet_run).finished()
    model = read_model_file(lenet_model_file)
    manifest = model.manifest
    assert manifest.name == "lenet_run"
    assert manifest.version == "1"
    assert manifest.architecture == "lenet5"
    assert (manifest.input.side, manifest.input.stored_side) == (32, 36)
    assert manifest.classes == [leaf_class(label) for label in record.classes]
    assert manifest.held_out.data_fingerprint == record.data.validation_fingerprint
    assert manifest.held_out.float32.n == manifest.held_out.int8.n == record.data.validation
    assert manifest.held_out.float32.top1 == result.validation.top1
    assert manifest.held_out.float32.log_loss == pytest.approx(result.validation.log_loss, rel=1e-4)
    assert manifest.made_by.versions == record.versions
    assert manifest.made_by.commit == record.commit
    # What dense layers with a scale for each output need.
    assert manifest.runtime_min == "2.10.0"
    assert hashlib.sha256(model.flatbuffer).hexdigest() == manifest.flatbuffer.sha256


def test_the_file_says_what_the_gate_found_and_how_it_was_converted(
    lenet_run: Path, lenet_model_file: Path
) -> None:
    manifest = read_model_file(lenet_model_file).manifest
    gate, conversion = manifest.gate, manifest.conversion
    assert manifest.format_version == 2
    assert gate is not None
    # Ten of each of the eight classes, as few are held out.
    assert (gate.n, gate.from_training) == (80, 80 - manifest.held_out.int8.n)
    assert (gate.min_agreement, gate.max_macro_f1_drop, gate.max_recall_drop) == (0, 1, 0.02)
    assert gate.agreement > 0.8
    assert gate.greatest_recall_drop is None
    assert conversion == Conversion(
        backend="tensorflow",
        calibration_method="min-max",
        calibration_pictures=128,
        dense="per-channel",
        rank=None,
        share=None,
        allow_float=False,
        float_ops=[],
    )


def test_temperature_and_thresholds_are_those_of_the_int8_model(
    lenet_run: Path, lenet_model_file: Path, sample_data: Path
) -> None:
    model = read_model_file(lenet_model_file)
    manifest, runtime = model.manifest, runtime_of(model)
    held_out = Run(lenet_run).read_split().validation
    paths = [sample_data / "train" / one.path for one in held_out]
    int8 = np.stack(
        [runtime.logits(network_input(read_picture(path), manifest.geometry)) for path in paths]
    )
    labels = np.array([manifest.labels.index(path.parent.name) for path in paths])
    temperature = fit_temperature(int8, labels)
    assert manifest.temperature == pytest.approx(temperature, rel=1e-6)
    assert manifest.thresholds.unsure == fit_unsure(int8, labels, manifest.temperature)
    # That of the float model, moved with the energies: as many leaves are refused.
    refused = np.mean(energy(int8) < manifest.thresholds.not_leaf)
    assert refused == pytest.approx(0.01, abs=0.06)
    assert manifest.held_out.int8.top1 == pytest.approx(np.mean(int8.argmax(axis=1) == labels))


def test_the_self_test_pictures_give_exactly_their_logits_and_show_several_classes(
    lenet_model_file: Path,
) -> None:
    model = read_model_file(lenet_model_file)
    runtime = runtime_of(model, threads=1)
    assert len(model.self_tests) == 4
    for test in model.self_tests:
        assert np.array_equal(runtime.quantised_logits(test.picture), test.logits)
    assert len({test.picture.tobytes() for test in model.self_tests}) == 4


def test_moved_data_are_asked_for_by_option_and_found_below_a_train_folder_too(
    moved_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.tflite"
    with pytest.raises(UserError, match=r"gone, which is gone: name their folder with --data$"):
        build(_order(moved_run, out))
    assert not out.exists()
    with pytest.raises(UserError, match=r"run at \S*nowhere \(--data\): there is none$"):
        build(_order(moved_run, out, tmp_path / "nowhere"))
    build(_order(moved_run, out, sample_data))
    manifest = read_model_file(out).manifest
    assert (manifest.name, manifest.version, manifest.made_by.run) == (
        "moved_run",
        "3",
        "moved_run",
    )


def test_missing_pictures_ask_for_data_where_it_was_not_given_and_for_another_where_it_was(
    lenet_run: Path, sample_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"bring them back, or let --data name the data sets that"):
        build(_order(lenet_run, tmp_path / "model.tflite", sample_data / "test"))
    shutil.copytree(lenet_run, tmp_path / "run")
    text = (tmp_path / "run" / "run.json").read_text()
    roots = json.dumps(str(sample_data / "train")), json.dumps(str(sample_data / "test"))
    (tmp_path / "run" / "run.json").write_text(text.replace(*roots))
    with pytest.raises(UserError, match=r"bring them back, or name their folder with --data$"):
        build(_order(tmp_path / "run", tmp_path / "model.tflite"))


def test_a_record_that_lacks_a_class_is_told_with_its_name(lenet_run: Path, tmp_path: Path) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    first, *others = record["classes"]
    (tmp_path / "run" / "run.json").write_text(json.dumps({**record, "classes": ["new", *others]}))
    with pytest.raises(UserError, match=rf"run\.json lacks classes of split\.json: {first}; put "):
        build(_order(tmp_path / "run", tmp_path / "model.tflite"))


@pytest.mark.parametrize(("side", "named"), [("validation", "held-out"), ("training", "training")])
def test_pictures_that_are_not_those_of_the_run_are_noticed(
    lenet_run: Path, sample_data: Path, tmp_path: Path, side: str, named: str
) -> None:
    data = tmp_path / "leaves"
    shutil.copytree(sample_data / "train", data)
    first, *_, last = (data / one.path for one in getattr(Run(lenet_run).read_split(), side))
    shutil.copy(last, first)
    with pytest.raises(UserError, match=rf"^the {named} pictures in .* their contents differ; "):
        build(_order(lenet_run, tmp_path / "model.tflite", data))
    assert not (tmp_path / "model.tflite").exists()


def test_the_gate_refuses_with_exit_code_1_and_writes_nothing(
    wavering_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.tflite"
    with pytest.raises(UserError, match=r"^the int8 model is not written: top-1 agree") as refused:
        build(_order(wavering_run, out, limits=Limits()))
    assert refused.value.exit_code == REFUSED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wavering_run"]


def test_a_refusal_leaves_the_former_file_as_it_was_and_exits_with_1(
    wavering_run: Path, tmp_path: Path, warm_convert: Command
) -> None:
    out = tmp_path / "model.tflite"
    out.write_bytes(b"former")
    process = warm_convert("build", wavering_run, "-o", out, "--overwrite")
    assert process.returncode == 1
    assert process.stdout == ""
    errors = [line for line in process.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "the int8 model is not written" in errors[0]
    assert "  agreement     " in process.stderr
    assert "(at least 99.00%)\n  macro F1      " in process.stderr
    assert "--min-agreement, --max-drop and --max-recall-drop" in errors[0]
    assert "Traceback" not in process.stderr
    assert out.read_bytes() == b"former"
    assert not out.with_suffix(".html").exists()
    # Where it was lost, layer by layer: here in none, but in how little the logits differ.
    _, explained = process.stderr.split("the worst tensors first:\n")
    worst = re.match(r" *(-?[0-9.]+) dB  [A-Z0-9_]+ \S", explained)
    assert worst, explained
    assert float(worst[1]) > 20


def test_an_op_that_is_not_integer_is_refused_by_name_unless_one_insists(
    float_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "leaves.tflite"
    with pytest.raises(
        UserError, match=r"LOCAL_RESPONSE_NORMALIZATION .*norm.*--allow-float"
    ) as no:
        build(_order(float_run, out))
    assert no.value.exit_code == REFUSED
    assert not out.exists()
    manifest = build(replace(_order(float_run, out), allow_float=True)).manifest
    assert manifest.conversion is not None
    assert manifest.conversion.allow_float
    assert manifest.conversion.float_ops == inspect(out).float_ops
    assert any("LOCAL_RESPONSE" in op for op in inspect(out).float_ops)


def test_metadata_have_the_models_version_and_licence(lenet_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "leaves.tflite"
    build(replace(_order(lenet_run, out), licence="CC BY 4.0"))
    metadata = read_metadata(read_contents(out.read_bytes()), "leaves")
    assert metadata is not None
    assert (metadata.name, metadata.version, metadata.license) == ("lenet_run", "3", "CC BY 4.0")


def test_a_compressed_file_is_smaller_and_is_judged_by_the_whole_model(
    lenet_run: Path, lenet_model_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "small.tflite"
    converted = build(replace(_order(lenet_run, out), compressions=(Compression(8, 0.9),)))
    assert converted.manifest.conversion is not None
    assert converted.manifest.conversion.rank == 8
    assert converted.manifest.conversion.share == 0.9
    whole, small = read_model_file(lenet_model_file), read_model_file(out)
    assert len(small.flatbuffer) < 0.6 * len(whole.flatbuffer)
    assert converted.passed.judged.held_out.float32 == whole.manifest.held_out.float32


def test_the_smallest_rank_that_passes_is_written(
    lenet_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "small.tflite"
    limits = Limits(0.6, 0.2, 1.0)
    converted = build(
        replace(
            _order(lenet_run, out, limits=limits), compressions=(Compression(1), Compression(16))
        )
    )
    said = capsys.readouterr().err
    assert "compressed by 1 it does not pass\n" in said
    refused, written = converted.trials
    assert (refused.compression, written.compression) == (Compression(1), Compression(16))
    assert refused.refusals
    assert refused.judged.gate.macro_f1_drop > 0.2 >= written.judged.gate.macro_f1_drop
    assert refused.bytes < written.bytes == read_model_file(out).manifest.flatbuffer.bytes


def test_a_refusal_of_all_ranks_names_them_and_the_classes(lenet_run: Path, tmp_path: Path) -> None:
    order = replace(
        _order(lenet_run, tmp_path / "small.tflite", limits=Limits(0.999, 0.0, 1.0)),
        compressions=(Compression(1), Compression(2, 0.5)),
    )
    with pytest.raises(
        UserError,
        match=r"^the int8 model is not written: compressed by 1, then 2,0\.5 it does not pass; "
        r"the last one: top-1 agreement [0-9.]+% on .*; F1 falls most of \w+___\w+, .* Try a "
        r"larger rank or share, or no --compress, ",
    ):
        build(order)


def test_a_rank_that_makes_nothing_smaller_is_refused(lenet_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.tflite"
    with pytest.raises(
        UserError, match="layers that factors make smaller; lenet5 has none with --compress 500"
    ):
        build(replace(_order(lenet_run, out), compressions=(Compression(500),)))
    assert not out.exists()


def test_an_unfinished_run_is_not_converted(lenet_run: Path, tmp_path: Path) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**record, "result": None}))
    with pytest.raises(UserError, match="is not finished") as refused:
        build(_order(tmp_path / "run", tmp_path / "model.tflite"))
    assert refused.value.exit_code == WRONG_INPUT


def test_a_file_is_no_run(lenet_model_file: Path, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^expected a run folder at .*lenet.tflite: that is a file; name what "
    ):
        build(_order(lenet_model_file, tmp_path / "model.tflite"))


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--version", "", "expected a value after --version"),
        ("--version", "v" * 201, "expected 1 to 200 printable characters for --version"),
        ("--name", "", "expected a value after --name"),
        ("--name", "a\nb", "expected 1 to 200 printable characters for --name"),
    ],
    ids=["empty", "long", "no name", "two lines"],
)
def test_a_name_or_version_that_a_file_cannot_have_is_refused_at_once(
    warm_convert: Command, lenet_run: Path, tmp_path: Path, option: str, value: str, sentence: str
) -> None:
    process = warm_convert("build", lenet_run, "-o", tmp_path / "model.tflite", option, value)
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith(f"error: {sentence}")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("model.bin", "expected a name that ends in .tflite, received: "),
        ("taken.tflite", "exists: choose another path, or say --overwrite"),
        ("taken.tflite/model.tflite", "taken.tflite (Not a directory)"),
    ],
)
def test_a_wrong_name_is_refused_at_once(
    warm_convert: Command, lenet_run: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "taken.tflite").write_bytes(b"mine")
    process = warm_convert("build", lenet_run, "-o", tmp_path / name)
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1
    assert sentence in process.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "taken.tflite": b"mine"
    }


@pytest.mark.parametrize(
    "compress",
    [
        pytest.param((), id="whole"),
        pytest.param(("--compress", "8,0.9"), id="compressed", marks=pytest.mark.slow),
    ],
)
def test_the_same_run_gives_the_same_file_in_another_process(
    plant_convert: Command,
    warm_convert: Command,
    lenet_run: Path,
    tmp_path: Path,
    compress: tuple[str, ...],
) -> None:
    order = ("--min-agreement", "0", "--max-drop", "100", "--calibration", "32", *compress)
    found = set()
    for number, convert in enumerate((plant_convert, warm_convert)):
        out = tmp_path / str(number) / "leaves.tflite"
        process = convert("build", lenet_run, "--out", out, *order)
        assert process.returncode == 0, process.stderr
        found.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(found) == 1
    assert read_model_file(out).manifest.made_by.created == Run(lenet_run).read_record().created


def test_the_other_quantiser_passes_the_same_checks(
    warm_convert: Command, lenet_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "leaves.tflite"
    process = warm_convert(
        "build", lenet_run, "--out", out, "--backend", "litert", "--calibration-method", "mse",
        "--dense", "per-tensor", "--min-agreement", "0", "--max-drop", "100",
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert "gate, on 80 pictures, " in process.stderr
    assert "runs under TensorFlow Lite 1.14.0 and newer" in process.stderr
    manifest = read_model_file(out).manifest
    assert manifest.runtime_min == "1.14.0"
    assert manifest.held_out.agreement > 0.8
    assert inspect(out).float_ops == []


def test_a_method_of_the_other_quantiser_is_refused_at_once(
    warm_convert: Command, lenet_run: Path, tmp_path: Path
) -> None:
    process = warm_convert(
        "build", lenet_run, "--out", tmp_path / "a.tflite", "--calibration-method", "percentile"
    )
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1
    assert "the tensorflow back end (min-max), received percentile" in process.stderr


def test_float_normalisation_asks_for_leave_before_any_work(
    warm_convert: Command, lenet_run: Path, tmp_path: Path
) -> None:
    process = warm_convert("build", lenet_run, "--out", tmp_path / "a.tflite", "--lrn", "float")
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: expected --allow-float with --lrn float, ")


@pytest.mark.parametrize(
    ("moment", "number", "code"),
    [
        ("converting to int8", signal.SIGKILL, -signal.SIGKILL),
        ("converting to int8", signal.SIGTERM, 143),
        (r"\d+ training pictures join", signal.SIGINT, 130),
    ],
)
def test_a_build_that_is_stopped_leaves_no_file(
    lenet_run: Path, tmp_path: Path, moment: str, number: signal.Signals, code: int
) -> None:
    out, temporary = tmp_path / "out" / "model.tflite", tmp_path / "temporary"
    out.parent.mkdir()
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "plant_convert", "build", str(lenet_run), "-o", str(out)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if re.match(moment, line):
                    break
            assert process.poll() is None, "".join(said)
            process.send_signal(number)
            _, rest = process.communicate()
        finally:
            process.kill()
    assert process.returncode == code
    assert list(out.parent.iterdir()) == []
    if number != signal.SIGKILL:
        assert rest.splitlines()[-1] == "error: stopped"
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_network_that_was_saved_in_half_precision_gives_the_same_file(
    lenet_run: Path, lenet_model_file: Path, tmp_path: Path, policy: str
) -> None:
    half = tmp_path / "half"
    shutil.copytree(lenet_run, half)
    model = Run(lenet_run).load_model()

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        return type(layer).from_config({**layer.get_config(), "dtype": policy})

    copy = keras.models.clone_model(model, clone_function=clone)
    copy.set_weights(model.get_weights())
    copy.save(Run(half).model_path)
    assert policy in zipfile.ZipFile(Run(half).model_path).read("config.json").decode()

    out = tmp_path / "lenet.tflite"
    build(replace(_order(half, out), version="1", calibration=128, name="lenet_run"))
    one, other = read_model_file(out), read_model_file(lenet_model_file)
    assert one.flatbuffer == other.flatbuffer
    assert one.manifest.held_out == other.manifest.held_out


@pytest.mark.parametrize(
    "policy", ["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)]
)
def test_a_run_that_was_trained_in_half_precision_is_converted(
    warm_train: Command,
    fit_settings: tuple[str, ...],
    sample_data: Path,
    tmp_path: Path,
    policy: str,
) -> None:
    run, out = tmp_path / "run", tmp_path / "model.tflite"
    short = (*fit_settings, "--epochs", "2", "--precision", policy)
    fitted = warm_train("fit", sample_data, "--out", run, *short)
    assert fitted.returncode == 0, fitted.stderr
    assert Run(run).read_record().precision == policy
    build(_order(run, out))
    inspected = inspect(out)
    assert inspected.float_ops == []
    assert set(inspected.tensor_types) <= {"INT8", "INT32", "UINT8"}


def test_a_run_without_read_permission_is_told_apart_from_a_damaged_one(
    lenet_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(lenet_run, tmp_path / "run")
    (tmp_path / "run" / "model.keras").chmod(0)
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "plant_convert",
            "build",
            tmp_path / "run",
            "-o",
            tmp_path / "o.tflite",
        ],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_without_rights_of_root,
    )
    assert process.returncode == 2
    *_, last = process.stderr.splitlines()
    assert last.startswith("error: Permission denied: ")
    assert last.endswith("run/model.keras")


def _without_rights_of_root() -> None:
    """Have the program that is started next ask for permissions, even as root."""
    # linux/prctl.h and linux/capability.h
    drop, override, read_search = 24, 1, 2
    for right in (override, read_search):
        ctypes.CDLL(None).prctl(drop, right)


def test_a_page_lies_beside_the_file_and_one_that_is_there_is_kept(
    plant_convert: Command, lenet_run: Path, tmp_path: Path
) -> None:
    out, page = tmp_path / "leaves.tflite", tmp_path / "leaves.html"
    page.write_text("mine")
    order = ("build", lenet_run, "--out", out, "--min-agreement", "0", "--max-drop", "100")
    process = plant_convert(*order)
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1
    assert "leaves.html exists: choose another path, or say --overwrite" in process.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {page.name: b"mine"}
    process = plant_convert(*order, "--overwrite")
    assert process.returncode == 0, process.stderr
    # What takes seconds says so before it begins.
    first, second, *_, last = process.stderr.splitlines()
    assert (first, second) == ("loading TensorFlow …", f"reading {lenet_run} and its pictures …")
    assert last.endswith(f" of memory at its peak; report: {page}")
    assert hashlib.sha256(out.read_bytes()).hexdigest() in page.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == [page.name, out.name]


@pytest.mark.parametrize("fills_in", ["leaves.html", "leaves.tflite"])
def test_a_disk_that_fills_leaves_the_former_file_and_the_former_page(
    lenet_run: Path, tmp_path: Path, fills_in: str
) -> None:
    converted = build(_order(lenet_run, tmp_path / "leaves.tflite"))
    room = (tmp_path / fills_in).stat().st_size - 1
    assert room >= converted.page.stat().st_size - 1
    converted.file.write_bytes(b"former")
    converted.page.write_text("former")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(converted)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "leaves.tflite": b"former",
        "leaves.html": b"former",
    }
