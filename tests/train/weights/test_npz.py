from __future__ import annotations

import io
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights

TENSORS: dict[str, np.ndarray] = {
    "conv1_w": np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32),
    "conv1_b": np.arange(4, dtype=np.float64),
}


def _packed(compressed: bool) -> bytes:
    content = io.BytesIO()
    if compressed:
        np.savez_compressed(content, **TENSORS)  # type: ignore[arg-type]
    else:
        np.savez(content, **TENSORS)  # type: ignore[arg-type]
    return content.getvalue()


PACKED = {compressed: _packed(compressed) for compressed in (False, True)}


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _npy(descr: str, shape: str, data: bytes) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


@pytest.mark.parametrize("compressed", [False, True])
def test_every_array_comes_back_as_it_was(tmp_path: Path, compressed: bool) -> None:
    (tmp_path / "weights.npz").write_bytes(PACKED[compressed])
    tensors = read_weights(tmp_path / "weights.npz")
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype == tensor.dtype
        assert np.array_equal(tensors[name], tensor)


@pytest.mark.parametrize("content", [b"PK", PACKED[False][:-40], PACKED[True][:-1]])
def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"^expected an \.npz file of plain arrays, cannot read"):
        read_weights(tmp_path / "weights.npz")


class _Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._path,))


def test_a_pickle_inside_is_refused_and_not_executed(tmp_path: Path) -> None:
    sprung, honest = tmp_path / "sprung", tmp_path / "honest"
    pickle.loads(pickle.dumps(_Trap(honest)))
    assert honest.exists(), "the trap itself must work"
    np.savez(tmp_path / "weights.npz", conv1_w=np.array([_Trap(sprung)], dtype=object))
    raw = _zip(tmp_path / "raw.npz", {"conv1_w.npy": pickle.dumps(_Trap(sprung))})
    with pytest.raises(UserError, match=r"^expected an \.npz file of plain arrays.*allow_pickle"):
        read_weights(tmp_path / "weights.npz")
    with pytest.raises(UserError, match=r"^expected an \.npz file of plain arrays"):
        read_weights(raw)
    assert not sprung.exists()


def test_a_member_that_is_no_array_is_named(tmp_path: Path) -> None:
    path = _zip(tmp_path / "weights.npz", {"conv1_w": b"text"})
    with pytest.raises(UserError, match=r"cannot read .*: conv1_w is no array$"):
        read_weights(path)


@pytest.mark.parametrize("shape", ["(4,", "(4,\n  1", "(4L,", "'", "(\n\t4\n 4)"])
def test_an_array_whose_head_is_no_python_is_refused(tmp_path: Path, shape: str) -> None:
    path = _zip(tmp_path / "weights.npz", {"conv1_w.npy": _npy("<f4", shape, bytes(16))})
    with pytest.raises(UserError, match=r"^expected an \.npz file of plain arrays"):
        read_weights(path)


@pytest.mark.parametrize("shape", ["(1000000000, 1000000000)", "(50000000000,)", "(7,)", "(-1,)"])
def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path: Path, shape: str) -> None:
    path = _zip(tmp_path / "weights.npz", {"conv1_w.npy": _npy("<f4", shape, bytes(16))})
    with pytest.raises(UserError, match=r"^expected an \.npz file of plain arrays"):
        read_weights(path)


def test_more_than_two_gibibytes_unpacked_are_refused_before_anything_is_unpacked(
    tmp_path: Path,
) -> None:
    # A zip that lies about its sizes: the central directory says 3 GiB.
    content = bytearray(PACKED[True])
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (3 << 30).to_bytes(4, "little")
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"^expected weights of at most 2 GiB, received 3,221,"):
        read_weights(tmp_path / "weights.npz")


@given(
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
)
def test_any_damaged_file_is_read_or_refused_in_one_line(
    compressed: bool, damages: list[tuple[float, int]]
) -> None:
    content = bytearray(PACKED[compressed])
    for place, value in damages:
        content[int(place * len(content))] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        path.write_bytes(content)
        try:
            tensors = read_weights(path)
        except UserError as refused:
            message = str(refused)
        else:
            assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
            message = str(path)
    assert str(path) in message
    assert "\n" not in message


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_packing_that_may_ask_for_any_memory_is_refused(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "weights.npz", "w", packing) as archive:
        archive.writestr("conv1_w.npy", _npy("<f4", "(4,)", bytes(16)))
    with pytest.raises(UserError, match=r"^expected weights packed by deflate, or not at all"):
        read_weights(tmp_path / "weights.npz")
