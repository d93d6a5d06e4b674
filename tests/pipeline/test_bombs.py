"""Small files that would take all of the memory, or hours, or run code: each stage refuses them.

Each command runs under limits of its process: what one of these files asks for is far beyond them.
"""

import os
import pickle
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from bounded import bounded
from PIL import Image
from tiny_model import tiny_flatbuffer, tiny_model

# 60,000 x 60,000 pixels take 10,800 MB; what unpacks below, 3,000.
_SIDE = 60_000
_TOO_LARGE = "expected a picture of at most 64,000,000 pixels"
_DEVICE = {"megabytes": 400, "seconds": 30}
_WORKSTATION = {"megabytes": 2500, "seconds": 120}

# As the commands do it, which start TensorFlow first.
_PROGRAM = """
import sys
from pathlib import Path
from plant_device.contract.errors import UserError
from {module} import {function}
try:
    {function}(Path(sys.argv[1]))
except UserError as error:
    print(f"error: {{error}}", file=sys.stderr)
    sys.exit(error.exit_code)
"""
_READ_WEIGHTS = _PROGRAM.format(module="plant_train.weights.read", function="read_weights")
_READ_DATA = _PROGRAM.format(module="plant_train.data.layouts.parts", function="find_parts")


def _refused(told: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert told.returncode == 2, told.stderr
    assert told.stderr.startswith("error: ")
    assert told.stderr.count("\n") == 1
    for word in words:
        assert word in told.stderr


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A folder with a PNG and a JPEG that claim a side of 60,000 pixels."""
    folder = tmp_path / "huge"
    folder.mkdir()
    for name in ("leaf.png", "leaf.jpg"):
        Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(folder / name)
    png = bytearray((folder / "leaf.png").read_bytes())
    png[16:24] = struct.pack(">II", _SIDE, _SIDE)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    (folder / "leaf.png").write_bytes(png)
    jpeg = bytearray((folder / "leaf.jpg").read_bytes())
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", _SIDE, _SIDE)
    (folder / "leaf.jpg").write_bytes(jpeg)
    return folder


@pytest.fixture
def data(tmp_path: Path, huge: Path) -> Path:
    """A data set of two classes; each has some sound pictures, and a huge one."""
    random = np.random.default_rng(0)
    for number, (name, bomb) in enumerate((("a", "leaf.png"), ("b", "leaf.jpg"))):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        for index in range(6):
            noise = random.integers(0, 256, (48, 48, 3), dtype=np.uint8)
            Image.fromarray(noise).save(folder / f"{number}{index}.png")
        (folder / bomb).write_bytes((huge / bomb).read_bytes())
    return tmp_path / "data"


def _lying_zip(path: Path, name: str, content: bytes, claimed: int) -> Path:
    """A zip of 3,000 MB of zeros behind some content, which says that it holds `claimed` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    begun = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    # Flushed whole, it can be had any number of times.
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = begun + 3000 * million + packer.flush()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name), packed)
    written = bytearray(path.read_bytes())
    for entry, packing, size in ((0, 8, 22), (written.rindex(b"PK\1\2"), 10, 24)):
        written[entry + packing : entry + packing + 2] = struct.pack("<H", zipfile.ZIP_DEFLATED)
        written[entry + size : entry + size + 4] = struct.pack("<I", claimed)
    path.write_bytes(written)
    return path


def test_a_huge_picture_is_not_classified(tmp_path: Path, huge: Path) -> None:
    (tmp_path / "tiny.tflite").write_bytes(tiny_model())
    told = bounded("-m", "plant_device", "classify", tmp_path / "tiny.tflite", huge, **_DEVICE)
    assert told.returncode == 2
    assert told.stderr.count(_TOO_LARGE) == told.stderr.count("\n") == 2


def test_a_huge_picture_in_a_data_set_is_told_by_the_audit(data: Path) -> None:
    told = bounded("-m", "plant_train", "audit", data, **_WORKSTATION)
    assert told.returncode == 0, told.stderr
    for name in ("a/leaf.png", "b/leaf.jpg"):
        assert name in told.stdout


def test_a_huge_picture_in_a_data_set_is_not_trained_on(data: Path, tmp_path: Path) -> None:
    told = bounded(
        "-m", "plant_train", "fit", data, "--out", tmp_path / "run", "--arch", "lenet5",
        "--weights", "none", "--recipe", "laptop", "--epochs", "1", **_WORKSTATION,
    )  # fmt: skip
    assert told.returncode == 2, told.stderr
    *_, last = told.stderr.splitlines()
    assert last.startswith("error: ")
    assert "leaf.png" in last
    assert "leaf.jpg" in last


def test_a_data_set_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    bomb = _lying_zip(tmp_path / "leaves.zip", "a/leaf.png", b"", 1_000_000)
    assert bomb.stat().st_size < 10_000_000
    told = bounded("-c", _READ_DATA, bomb, **_DEVICE)
    _refused(told, "expected a zip of class folders", "Bad CRC-32")


def test_weights_that_unpack_to_more_than_they_say_are_refused(tmp_path: Path) -> None:
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (750000000,), }".ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head
    bomb = _lying_zip(tmp_path / "weights.npz", "conv1_w.npy", array, 1000)
    told = bounded("-c", _READ_WEIGHTS, bomb, **_DEVICE)
    _refused(told, "expected an .npz file of plain arrays")


def test_a_model_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path, huge: Path) -> None:
    bomb = _lying_zip(tmp_path / "model.tflite", "plant.json", b"{}", 1000)
    behind = tiny_flatbuffer()
    with zipfile.ZipFile(bomb) as archive:
        assert archive.namelist() == ["plant.json"]
    bomb.write_bytes(behind + bomb.read_bytes())
    told = bounded("-m", "plant_device", "classify", bomb, huge, **_DEVICE)
    _refused(told, "plant.json in it is damaged")
    told = bounded("-m", "plant_convert", "inspect", bomb, **_WORKSTATION)
    _refused(told, "plant.json in it is damaged")


class _Trap:
    """Unpickled, it makes a folder."""

    def __init__(self, sprung: Path) -> None:
        self._sprung = sprung

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._sprung),)


@pytest.mark.parametrize("name", ["weights.pth", "weights.npz", "weights.h5", "weights.onnx"])
def test_a_pickle_of_any_name_is_never_run(tmp_path: Path, name: str) -> None:
    honest, sprung = tmp_path / "honest", tmp_path / "sprung"
    pickle.loads(pickle.dumps(_Trap(honest)))
    assert honest.is_dir(), "the trap works"
    (tmp_path / name).write_bytes(pickle.dumps(_Trap(sprung)))
    told = bounded("-c", _READ_WEIGHTS, tmp_path / name, **_DEVICE)
    _refused(told)
    assert not sprung.exists()
