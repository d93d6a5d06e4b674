from __future__ import annotations

import argparse
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_device.contract.errors import UserError
from plant_train.weights.read import read_weights


class _Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._path,))


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed: extra [import]")


@pytest.fixture
def state(torch: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    return {"features.0.weight": torch.randn(4, 3, 5, 5), "features.0.bias": torch.randn(4)}


@pytest.mark.parametrize("zipped", [True, False])
def test_every_tensor_comes_back_as_it_was(
    torch: Any, state: dict[str, Any], tmp_path: Path, zipped: bool
) -> None:
    torch.save(state, tmp_path / "weights.pth", _use_new_zipfile_serialization=zipped)
    tensors = read_weights(tmp_path / "weights.pth")
    assert tensors.keys() == state.keys()
    for name, tensor in state.items():
        assert tensors[name].dtype == np.float32
        assert np.array_equal(tensors[name], tensor.numpy())


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "net_weights"])
@pytest.mark.parametrize("prefix", ["", "module.", "module._orig_mod.", "model.backbone."])
def test_a_state_dict_in_a_checkpoint_has_the_plain_names(
    torch: Any, state: dict[str, Any], tmp_path: Path, wrapper: str, prefix: str
) -> None:
    checkpoint = {
        "epoch": torch.tensor(3),
        "args": argparse.Namespace(lr=0.1),
        wrapper: {f"{prefix}{name}": tensor for name, tensor in state.items()},
        "optimizer": {"state": {}, "lr": 0.1},
    }
    torch.save(checkpoint, tmp_path / "checkpoint.pth")
    tensors = read_weights(tmp_path / "checkpoint.pth")
    assert tensors.keys() == state.keys()
    assert np.array_equal(tensors["features.0.bias"], state["features.0.bias"].numpy())


def test_a_network_is_taken_before_the_moving_average_of_its_weights(
    torch: Any, state: dict[str, Any], tmp_path: Path
) -> None:
    average = {f"module.{name}": tensor + 1 for name, tensor in state.items()}
    average["n_averaged"] = torch.tensor(5)
    torch.save({"model_ema": average, "model": state}, tmp_path / "checkpoint.pth")
    tensors = read_weights(tmp_path / "checkpoint.pth")
    assert np.array_equal(tensors["features.0.bias"], state["features.0.bias"].numpy())


def test_what_stands_among_the_tensors_and_is_none_is_left_out(
    torch: Any, state: dict[str, Any], tmp_path: Path
) -> None:
    torch.save({**state, "epoch": 3, "arch": "alexnet", "ema": None}, tmp_path / "weights.pth")
    assert read_weights(tmp_path / "weights.pth").keys() == state.keys()


def test_parameters_that_were_to_learn_and_any_order_in_memory_come_back_as_they_were(
    torch: Any, state: dict[str, Any], tmp_path: Path
) -> None:
    kernel = state["features.0.weight"]
    stored = {
        "parameter": torch.nn.Parameter(kernel),
        "channels_last": kernel.contiguous(memory_format=torch.channels_last),
        "turned": kernel.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0),
    }
    torch.save(stored, tmp_path / "weights.pth")
    tensors = read_weights(tmp_path / "weights.pth")
    assert tensors.keys() == stored.keys()
    assert all(np.array_equal(tensor, kernel.numpy()) for tensor in tensors.values())


def test_halves_become_float32_and_a_counter_stays_an_integer(torch: Any, tmp_path: Path) -> None:
    state = {
        "a": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "b": torch.tensor([0.5], dtype=torch.float16),
        "num_batches_tracked": torch.tensor(7),
    }
    torch.save(state, tmp_path / "weights.pth")
    tensors = read_weights(tmp_path / "weights.pth")
    assert tensors["a"].dtype == tensors["b"].dtype == np.float32
    assert tensors["a"].tolist() == [1.5, -2.0]
    assert tensors["num_batches_tracked"] == 7


@pytest.mark.parametrize("form", ["zip", "legacy", "plain pickle"])
def test_a_pickle_that_would_run_code_is_refused_and_not_run(
    torch: Any, tmp_path: Path, form: str
) -> None:
    sprung, honest, path = tmp_path / "sprung", tmp_path / "honest", tmp_path / "weights.pth"
    pickle.loads(pickle.dumps(_Trap(honest)))
    assert honest.exists(), "the trap itself must work"
    hostile = {"features.0.weight": _Trap(sprung)}
    if form == "plain pickle":
        path.write_bytes(pickle.dumps(hostile))
    else:
        torch.save(hostile, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(UserError, match=r"^expected a PyTorch state dict, ") as refused:
        read_weights(path)
    if form != "plain pickle":
        assert "a pickle of other objects, which could run code" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not sprung.exists()


def test_a_whole_model_is_refused_with_what_to_save_instead(torch: Any, tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pt")
    with pytest.raises(UserError, match=r"save model\.state_dict\(\), not the model$"):
        read_weights(tmp_path / "model.pt")


def test_an_archive_of_a_models_code_is_refused_without_another_line(
    torch: Any, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        # PyTorch would rather have it exported in a newer form.
        warnings.simplefilter("ignore")
        scripted = torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2))
        torch.jit.save(scripted, tmp_path / "model.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserError, match=r"save model\.state_dict\(\), not the model$"):
            read_weights(tmp_path / "model.pt")


@pytest.mark.parametrize("content", [[1, 2], {}, {"lr": 0.1}, {1: 2}])
def test_what_is_no_dictionary_of_tensors_is_refused(
    torch: Any, tmp_path: Path, content: object
) -> None:
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"it is no dictionary of named tensors$"):
        read_weights(tmp_path / "weights.pth")


def test_a_tensor_that_claims_more_than_the_file_holds_is_refused(
    torch: Any, tmp_path: Path
) -> None:
    torch.save({"w": torch.zeros(1).expand(10**12)}, tmp_path / "weights.pth")
    assert (tmp_path / "weights.pth").stat().st_size < 10_000
    with pytest.raises(UserError, match=r"at most 2 GiB, received 4,000,000,000,000 bytes"):
        read_weights(tmp_path / "weights.pth")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused_in_one_line(
    torch: Any, state: dict[str, Any], tmp_path: Path, zipped: bool, kept: float
) -> None:
    path = tmp_path / "weights.pth"
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(UserError, match=r"^expected a PyTorch state dict, ") as refused:
        read_weights(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_pytorch_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights.pth").write_bytes(b"\x80\x02\x8a\x0a")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match=r"needs torch, .*pip install 'plant-edge\[import\]'$"):
        read_weights(tmp_path / "weights.pth")
