"""What the device's tests share: a small real model file, pictures, the command."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_model import tiny_flatbuffer, tiny_logits, tiny_manifest, tiny_pictures

from plant_device.classify.classifier import Classifier
from plant_device.classify.quality import QualityLimits
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import model_file_content, read_model_file


@pytest.fixture(scope="session")
def flatbuffer() -> bytes:
    """The int8 network of `data/make_tiny_network.py`."""
    return tiny_flatbuffer()


@pytest.fixture(scope="session")
def self_test_pictures() -> list[np.ndarray]:
    """Three inputs of the tiny network, uint8 [32, 32, 3] RGB."""
    return tiny_pictures()


@pytest.fixture(scope="session")
def reference_logits() -> Callable[[np.ndarray], list[int]]:
    """What the plain TFLite interpreter, without our code, makes of an input."""
    return tiny_logits


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """A true description of the tiny network; its thresholds let every class be named."""
    return tiny_manifest()


@pytest.fixture(scope="session")
def model_path(
    tmp_path_factory: pytest.TempPathFactory,
    manifest: Manifest,
    flatbuffer: bytes,
    self_test_pictures: list[np.ndarray],
) -> Path:
    """A sound model file. Tests do not change it."""
    path = tmp_path_factory.mktemp("model") / "tiny.tflite"
    path.write_bytes(model_file_content(manifest, flatbuffer, self_test_pictures))
    return path


@pytest.fixture
def altered_model(
    tmp_path: Path, manifest: Manifest, flatbuffer: bytes, self_test_pictures: list[np.ndarray]
) -> Callable[..., Path]:
    """A model file whose manifest has other values: `altered_model(temperature=2.0)`."""

    def write(**changes: object) -> Path:
        path = tmp_path / "altered.tflite"
        changed = manifest.model_copy(update=changes)
        path.write_bytes(model_file_content(changed, flatbuffer, self_test_pictures))
        return path

    return write


@pytest.fixture(scope="session")
def classifier(model_path: Path) -> Classifier:
    """The tiny model, started; it takes any picture, since those of the tests are of noise."""
    anything = QualityLimits(min_bright_end=0, max_clipped=1, min_sharpness=0, min_leaf_share=0)
    return Classifier(read_model_file(model_path), limits=anything)


@pytest.fixture(scope="session")
def members(model_path: Path) -> dict[str, bytes]:
    """What is in the zip of the sound model file."""
    with zipfile.ZipFile(model_path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def model_of(tmp_path: Path, flatbuffer: bytes) -> Callable[..., Path]:
    """A file with any zip behind any head, as a stranger could have made it."""

    def write(parts: dict[str, bytes], head: bytes = flatbuffer) -> Path:
        content = io.BytesIO(head)
        with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        path = tmp_path / "strange.tflite"
        path.write_bytes(content.getvalue())
        return path

    return write


@pytest.fixture(scope="session")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of seven pictures of many shapes and colours. Tests do not change it."""
    folder = tmp_path_factory.mktemp("leaves")
    random = np.random.default_rng(7)
    sizes = [(36, 36), (64, 48), (48, 64), (200, 120), (33, 300), (256, 256), (90, 90)]
    for number, (height, width) in enumerate(sizes):
        grain = random.normal(0, 40, (height, width, 3))
        picture = np.clip(random.integers(0, 256, 3) + grain, 0, 255).astype(np.uint8)
        ending = "jpg" if number % 2 else "png"
        Image.fromarray(picture).save(folder / f"leaf_{number}.{ending}")
    return folder


@pytest.fixture(scope="session")
def device_command() -> list[str]:
    """How the tests start the real `plant-device`."""
    return [sys.executable, "-m", "plant_device"]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of an ordinary shell: Python buffers what goes into a pipe."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte. Skips where that cannot be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
