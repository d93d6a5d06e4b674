"""Which kind of file it is, before any of it is understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights
from plant_train.weights.signs import MAX_BYTES


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^expected a weights file at .*gone\.pth, received: no"):
        read_weights(tmp_path / "gone.pth")
    with pytest.raises(UserError, match=r"^expected a weights file at .*, received: a folder$"):
        read_weights(tmp_path)


def test_an_empty_file_and_a_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").touch()
    with pytest.raises(UserError, match=r"weights file at .*weights\.pth, received: an empty one$"):
        read_weights(tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights file at .*, received: a folder$"):
        read_weights(tmp_path)


def test_a_file_of_no_known_kind_is_refused_with_its_first_bytes(tmp_path: Path) -> None:
    content = b"version https://git-lfs.github.com/spec/v1"
    (tmp_path / "weights.pth").write_bytes(content)
    with pytest.raises(UserError, match=r"^expected weights as \.pth, \.onnx, ") as refused:
        read_weights(tmp_path / "weights.pth")
    assert str(refused.value).endswith(f"which starts with {content[:16]!r}")


def test_a_file_is_read_by_what_it_is_and_not_by_its_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", conv1_w=np.ones(3))
    (tmp_path / "weights.npz").rename(tmp_path / "weights.pth")
    assert list(read_weights(tmp_path / "weights.pth")) == ["conv1_w"]


def test_a_file_larger_than_any_network_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.onnx").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UserError, match=r"at most 2 GiB, received 2,147,483,649 bytes: .*huge"):
        read_weights(tmp_path / "huge.onnx")
