"""What several folders of tests share: real commands, a small data set, a run, a model file."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image
from warm_process import WarmProcess

from plant_train.data.sample.data_set import write_data_set

Command = Callable[..., "subprocess.CompletedProcess[str]"]
WriteClassFolders = Callable[[Path, dict[str, int]], None]

# With a precision: the recipe's is chosen by a measurement, which two trainings on a busy machine
# may see differently.
FIT_SETTINGS = (
    "--precision",
    "float32",
    "--arch",
    "lenet5",
    "--recipe",
    "laptop",
    "--epochs",
    "24",
    "--batch",
    "8",
    "--learning-rate",
    "0.01",
)
REAL_LEAVES = Path(__file__).resolve().parents[2] / "shared"

# No test depends on time: a busy machine must not fail one.
settings.register_profile("plant-edge", deadline=None, database=None, derandomize=True)
settings.load_profile("plant-edge")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the field's tests is run."""
    parser.addoption(
        "--cuts", type=int, default=3, metavar="N", help="power cuts of each trial [default: 3]"
    )
    parser.addoption(
        "--faults", type=int, default=10, metavar="N", help="faults of each camera [default: 10]"
    )
    parser.addoption("--seed", type=int, metavar="N", help="of those faults [default: another]")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Decoded pictures go into a folder of these tests; subprocesses inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANT_EDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _english() -> Iterator[None]:
    """What tests read is told in English, whatever this machine speaks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")
        yield


@pytest.fixture(scope="session")
def warm_process() -> Iterator[WarmProcess]:
    """Where commands start that find TensorFlow loaded."""
    with closing(WarmProcess()) as process:
        yield process


@pytest.fixture(scope="session")
def warm_train(warm_process: WarmProcess) -> Command:
    """As `plant_train`, where TensorFlow's start is not the matter: it is loaded already."""
    return partial(warm_process.run, "plant_train")


@pytest.fixture(scope="session")
def warm_convert(warm_process: WarmProcess) -> Command:
    """As `plant_convert`, where TensorFlow's start is not the matter: it is loaded already."""
    return partial(warm_process.run, "plant_convert")


@pytest.fixture(scope="session")
def plant_train() -> Command:
    """Run the real `plant-train` with the given arguments, and wait for it."""
    return _command("plant_train")


@pytest.fixture(scope="session")
def plant_convert() -> Command:
    """Run the real `plant-convert` with the given arguments, and wait for it."""
    return _command("plant_convert")


@pytest.fixture(scope="session")
def plant_device() -> Command:
    """Run the real `plant-device` with the given arguments, and wait for it."""
    return _command("plant_device")


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small procedural data set: train/ and test/ with 8 classes. Not to be changed."""

    def write(out: Path) -> None:
        write_data_set(
            out,
            train_per_class=30,
            test_per_class=4,
            side=64,
            seed=0,
            progress=lambda done, total: None,
            workers=1,
        )

    return _built_once(tmp_path_factory, "leaves", write)


@pytest.fixture(scope="session")
def fit_settings() -> tuple[str, ...]:
    """The options of the `plant-train fit` that made `lenet_run`."""
    return FIT_SETTINGS


@pytest.fixture(scope="session")
def lenet_run(
    tmp_path_factory: pytest.TempPathFactory, sample_data: Path, warm_train: Command
) -> Path:
    """A finished LeNet-5 run on `sample_data`, clearly better than chance. Not to be changed."""

    def fit(out: Path) -> None:
        _done(warm_train("fit", sample_data, "--out", out, *FIT_SETTINGS))

    return _built_once(tmp_path_factory, "lenet_run", fit)


@pytest.fixture(scope="session")
def lenet_model_file(
    tmp_path_factory: pytest.TempPathFactory, lenet_run: Path, warm_convert: Command
) -> Path:
    """The model file that the real `plant-convert build` makes of `lenet_run`."""

    def build(out: Path) -> None:
        # So few held-out pictures that one or two of them would decide: the gate has its own tests.
        _done(
            warm_convert(
                "build", lenet_run, "--out", out, "--min-agreement", "0", "--max-drop", "100"
            )
        )

    return _built_once(tmp_path_factory, "lenet.tflite", build)


@pytest.fixture(scope="session")
def write_class_folders() -> WriteClassFolders:
    """Write a folder of class folders, {class: number of pictures}: small, noisy, each its own."""

    def write(root: Path, classes: dict[str, int]) -> None:
        for number, (name, pictures) in enumerate(sorted(classes.items())):
            (root / name).mkdir(parents=True)
            for index in range(pictures):
                noise = np.random.default_rng((number, index)).integers(0, 256, (48, 40, 3))
                Image.fromarray(noise.astype(np.uint8)).save(root / name / f"{index:03d}.png")

    return write


@pytest.fixture(scope="session")
def real_leaves() -> Path:
    """The folder with real leaves and published weights, beside the checkout."""
    if not REAL_LEAVES.is_dir():
        pytest.skip(f"no real leaves at {REAL_LEAVES}")
    return REAL_LEAVES


def _command(module: str) -> Command:
    def run(
        *arguments: object, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(env or {})},
        )

    return run


def _done(process: subprocess.CompletedProcess[str]) -> None:
    assert process.returncode == 0, process.stderr


def _built_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]
) -> Path:
    """Build `name` in this session's folder, once for all pytest-xdist workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    target = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            built = Path(tempfile.mkdtemp(dir=shared)) / name
            build(built)
            built.rename(target)
    return target
