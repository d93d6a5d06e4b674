import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from plant_device.classify.runtime import Runtime, runtime_of
from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Flatbuffer, Manifest
from plant_device.contract.model_file import model_file_content, read_model_file

Reference = Callable[[np.ndarray], list[int]]


@pytest.fixture(scope="module")
def runtime(flatbuffer: bytes) -> Runtime:
    return Runtime(flatbuffer, side=32, classes=4, name="tiny")


def test_quantised_logits_are_those_of_the_plain_interpreter(
    runtime: Runtime, reference_logits: Reference
) -> None:
    random = np.random.default_rng(11)
    seen = set()
    for _ in range(10):
        picture = np.full((32, 32, 3), random.integers(0, 256, 3), dtype=np.uint8)
        logits = runtime.quantised_logits(picture)
        assert logits.dtype == np.int8
        assert logits.tolist() == reference_logits(picture)
        seen.add(tuple(logits.tolist()))
    assert len(seen) > 5, "the network of the tests does not look at its input"


def test_logits_are_in_the_units_of_the_flatbuffer(runtime: Runtime, flatbuffer: bytes) -> None:
    scale, zero_point = Interpreter(model_content=flatbuffer).get_output_details()[0][
        "quantization"
    ]
    picture = np.random.default_rng(12).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    steps = runtime.quantised_logits(picture).astype(float)
    logits = runtime.logits(picture)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, (steps - zero_point) * scale, rtol=1e-6)


def test_an_earlier_result_is_not_overwritten_by_the_next(runtime: Runtime) -> None:
    black, white = (np.full((32, 32, 3), value, dtype=np.uint8) for value in (0, 255))
    first = runtime.quantised_logits(black)
    kept = first.copy()
    assert not np.array_equal(runtime.quantised_logits(white), kept)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_does_not_change_the_logits(
    flatbuffer: bytes, reference_logits: Reference, threads: int
) -> None:
    picture = np.random.default_rng(13).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    runtime = Runtime(flatbuffer, side=32, classes=4, name="tiny", threads=threads)
    assert runtime.quantised_logits(picture).tolist() == reference_logits(picture)


@pytest.mark.parametrize(
    ("side", "classes", "message"),
    [
        (31, 4, r"expected input uint8 \[1, 31, 31, 3\], received uint8 \[1, 32, 32, 3\]"),
        (32, 5, r"expected output int8 \[1, 5\], received int8 \[1, 4\]"),
    ],
)
def test_a_network_of_another_shape_is_refused(
    flatbuffer: bytes, side: int, classes: int, message: str
) -> None:
    with pytest.raises(UserError, match=f"^tiny: {message}$"):
        Runtime(flatbuffer, side=side, classes=classes, name="tiny")


@pytest.mark.parametrize(
    "change",
    [
        lambda flatbuffer: b"",
        lambda flatbuffer: b"\0\0\0\0TFL3",
        lambda flatbuffer: flatbuffer[: len(flatbuffer) // 2],
        lambda flatbuffer: b"\0\0\0\0TFL3" + b"\xff" * 500,
    ],
    ids=["empty", "head only", "half", "senseless"],
)
def test_what_the_runtime_does_not_run_is_refused_in_one_line(
    flatbuffer: bytes, change: Callable[[bytes], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match=r"the installed ai_edge_litert does not run tiny"):
        Runtime(change(flatbuffer), side=32, classes=4, name="tiny")
    assert capfd.readouterr().err == ""


def test_starting_a_network_writes_nothing_on_stderr(
    flatbuffer: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    Runtime(flatbuffer, side=32, classes=4, name="tiny")
    assert capfd.readouterr() == ("", "")


def test_a_model_file_runs_by_what_its_manifest_says(
    model_path: Path, reference_logits: Reference
) -> None:
    model = read_model_file(model_path)
    for test in model.self_tests:
        logits = runtime_of(model).quantised_logits(test.picture)
        assert logits.tolist() == reference_logits(test.picture)


def test_a_model_file_that_does_not_run_is_named_with_the_runtime_that_it_needs(
    tmp_path: Path, manifest: Manifest, self_test_pictures: list[np.ndarray]
) -> None:
    senseless = b"\0\0\0\0TFL3" + b"\xff" * 500
    described = Flatbuffer(bytes=len(senseless), sha256=hashlib.sha256(senseless).hexdigest())
    path = tmp_path / "senseless.tflite"
    said = manifest.model_copy(update={"flatbuffer": described, "runtime_min": "9.8.7"})
    path.write_bytes(model_file_content(said, senseless, self_test_pictures))
    with pytest.raises(UserError, match=r"senseless\.tflite \(lowest runtime version 9\.8\.7\)"):
        runtime_of(read_model_file(path))


def _environment(folder: Path, startup: str) -> dict[str, str]:
    """A Python that runs `startup` first, before anything of ours is imported."""
    (folder / "sitecustomize.py").write_text(startup)
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": path}


def test_without_any_runtime_the_command_says_in_one_line_what_to_install(
    tmp_path: Path, model_path: Path, leaves: Path, device_command: list[str]
) -> None:
    startup = "import sys\nsys.modules['ai_edge_litert'] = sys.modules['tflite_runtime'] = None\n"
    told = subprocess.run(
        [*device_command, "classify", str(model_path), str(leaves)],
        env=_environment(tmp_path, startup), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == (
        "error: expected ai-edge-litert or tflite-runtime, received neither: "
        "pip install ai-edge-litert\n"
    )


def test_tflite_runtime_serves_where_ai_edge_litert_is_not_installed(
    tmp_path: Path, flatbuffer: bytes, reference_logits: Reference
) -> None:
    # The old package's name for the real interpreter.
    package = tmp_path / "tflite_runtime"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "interpreter.py").write_text("from kept import Interpreter\n")
    startup = (
        "import sys, types\n"
        "from ai_edge_litert.interpreter import Interpreter\n"
        "sys.modules['kept'] = types.ModuleType('kept')\n"
        "sys.modules['kept'].Interpreter = Interpreter\n"
        "sys.modules['ai_edge_litert'] = sys.modules['ai_edge_litert.interpreter'] = None\n"
    )
    (tmp_path / "network").write_bytes(flatbuffer)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from plant_device.classify.runtime import Runtime\n"
        "network = Runtime(Path(sys.argv[1]).read_bytes(), side=32, classes=4, name='tiny')\n"
        "print(network.quantised_logits(np.full((32, 32, 3), 90, np.uint8)).tolist())\n"
        "print('tflite_runtime.interpreter' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "network")],
        env=_environment(tmp_path, startup), capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = reference_logits(np.full((32, 32, 3), 90, np.uint8))
    assert told.stdout.splitlines() == [str(expected), "True"]


def test_names_of_tensors_that_are_no_text_are_refused(flatbuffer: bytes) -> None:
    name = Interpreter(model_content=flatbuffer).get_input_details()[0]["name"].encode()
    with pytest.raises(UserError, match=r"^tiny: expected names in UTF-8"):
        Runtime(flatbuffer.replace(name, b"\xff" * len(name)), side=32, classes=4, name="tiny")
