from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights

TENSORS = {
    "conv1_w_0": np.random.default_rng(0).normal(size=(4, 3, 5, 5)).astype(np.float32),
    "conv1_b_0": np.arange(4, dtype=np.float32),
}


@pytest.fixture
def onnx() -> Any:
    return pytest.importorskip("onnx", reason="onnx is not installed: extra [import]")


def _model(onnx: Any) -> Any:
    node = onnx.helper.make_node("Conv", ["data_0", *TENSORS], ["conv1_1"])
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("data_0", (1, 3, 8, 8)), ("conv1_1", (1, 4, 4, 4)))
    ]
    initialisers = [onnx.numpy_helper.from_array(array, name) for name, array in TENSORS.items()]
    graph = onnx.helper.make_graph([node], "tiny", ends[:1], ends[1:], initialisers)
    return onnx.helper.make_model(graph)


@pytest.mark.parametrize("beside", [False, True])
def test_every_initialiser_comes_back_also_from_a_file_beside_the_model(
    onnx: Any, tmp_path: Path, beside: bool
) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(
        _model(onnx), path, save_as_external_data=beside, location="weights", size_threshold=0
    )
    assert (tmp_path / "weights").exists() == beside
    tensors = read_weights(path)
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert np.array_equal(tensors[name], tensor)


def test_weights_that_lie_outside_the_folder_are_refused(onnx: Any, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret").write_bytes(bytes(4 * 4 * 3 * 5 * 5))
    model = _model(onnx)
    tensor = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, "../secret")
    tensor.ClearField("raw_data")
    (tmp_path / "inside" / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match=r"^expected an ONNX model, cannot read .*secret"):
        read_weights(tmp_path / "inside" / "model.onnx")


@pytest.mark.parametrize("dims", [(1 << 40,), (1 << 20, 1 << 20, 1 << 20)])
def test_a_tensor_that_claims_more_than_two_gibibytes_is_refused(
    onnx: Any, tmp_path: Path, dims: tuple[int, ...]
) -> None:
    model = _model(onnx)
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(UserError, match=r"^expected weights of at most 2 GiB, received "):
        read_weights(tmp_path / "model.onnx")


@pytest.mark.parametrize("kept", [0.01, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused_in_one_line(
    onnx: Any, tmp_path: Path, kept: float
) -> None:
    content = _model(onnx).SerializeToString()
    (tmp_path / "model.onnx").write_bytes(content[: int(kept * len(content))])
    with pytest.raises(UserError, match=r"^expected an ONNX model, cannot read ") as refused:
        read_weights(tmp_path / "model.onnx")
    assert "\n" not in str(refused.value)


def test_without_onnx_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0a")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"needs onnx, .*pip install 'plant-edge\[import\]'$"):
        read_weights(tmp_path / "model.onnx")
