"""What the tests of models share: several sound models, and a runtime that misbehaves."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import ai_edge_litert
import numpy as np
import pytest

from plant_device.contract.manifest import Flatbuffer, Manifest
from plant_device.contract.model_file import model_file_content
from plant_device.models.history import Installed
from plant_device.models.shelf import Shelf

ModelOfVersion = Callable[..., Path]

# Its instructions are no instructions: x86-64 `ud2`, aarch64 `udf #0`.
STAND_IN = f"""
import ctypes, importlib.util, mmap, platform, signal, sys

spec = importlib.util.spec_from_file_location(
    "ai_edge_litert.real", {ai_edge_litert.__path__[0] + "/interpreter.py"!r}
)
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)

def illegal_instruction():
    code = {{"x86_64": b"\\x0f\\x0b", "aarch64": b"\\0\\0\\0\\0"}}[platform.machine()]
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()

def memory():
    bytearray(3 << 30)

def hang():
    signal.pause()

class Interpreter(real.Interpreter):
    def __init__(self, model_content, **options):
        super().__init__(model_content=model_content, **options)
        network, _, _ = model_content.partition(b"PK\\x03\\x04")
        self.does = network.rpartition(b"|")[2].decode("latin-1")

    def invoke(self):
        if self.does in ("illegal_instruction", "memory", "hang"):
            globals()[self.does]()
        super().invoke()
"""


@pytest.fixture
def model_of_version(
    tmp_path: Path, manifest: Manifest, flatbuffer: bytes, self_test_pictures: list[np.ndarray]
) -> ModelOfVersion:
    """A sound model file; a stand-in runtime does what stands behind its network."""

    def write(version: str, does: str = "", **changes: object) -> Path:
        # TFLite reads no further than its tables say.
        content = flatbuffer + (f"|{does}".encode() if does else b"")
        changed = manifest.model_copy(
            update={
                "version": version,
                "flatbuffer": Flatbuffer(
                    bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
                ),
                **changes,
            }
        )
        path = tmp_path / f"tiny-{version}.tflite"
        path.write_bytes(model_file_content(changed, content, self_test_pictures))
        return path

    return write


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models are installed; there is nothing yet."""
    return tmp_path / "models"


@pytest.fixture
def put_version(model_of_version: ModelOfVersion, models: Path) -> Callable[..., Installed]:
    """Put a sound model of a version on the shelf as it is, without its trial."""

    def put(version: str, does: str = "", keep: int = 3, **changes: object) -> Installed:
        file, shelf = model_of_version(version, does, **changes), Shelf(models)
        content = file.read_bytes()
        model = Installed(
            sha256=hashlib.sha256(content).hexdigest(),
            name="tiny",
            version=version,
            bytes=len(content),
            installed_at=datetime.now(timezone.utc),
        )
        with shelf.incoming() as path:
            path.write_bytes(content)
            shelf.put(path, model, keep)
        return model

    return put


@pytest.fixture
def misbehaving_runtime(tmp_path: Path) -> dict[str, str]:
    """The environment of a process whose runtime does what a model's network says."""
    package = tmp_path / "stand_in" / "ai_edge_litert"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"__path__.append({ai_edge_litert.__path__[0]!r})\n")
    (package / "interpreter.py").write_text(STAND_IN)
    paths = [str(package.parent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
