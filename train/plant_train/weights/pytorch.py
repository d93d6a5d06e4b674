"""PyTorch's state dicts, as torchvision publishes them: loaded without running any of it."""

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from plant_device.contract.command_line import require
from plant_device.contract.errors import UserError
from plant_train.weights.signs import Signs, require_size, unreadable

_KIND = "a PyTorch state dict"
# torch.save wrote pickles one after another before its version 1.6, and no zip.
_PICKLE_START = b"\x80"
# Where training programs put the state dict beside an average's, an optimizer's and the like.
_WRAPPERS = ("state_dict", "model_state_dict", "model")
# What DataParallel, torch.compile, Lightning and other owners of a network put before each name.
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.")


def is_pytorch(signs: Signs) -> bool:
    """Whether torch.save wrote it, or some other program a pickle."""
    if signs.is_zip:
        pickled = any(name.endswith("data.pkl") for name in signs.members)
        return pickled or (not signs.members and signs.ending in (".pth", ".pt"))
    return signs.start.startswith(_PICKLE_START)


def read_pytorch(path: Path) -> dict[str, np.ndarray]:
    """Read every tensor of a state dict, also of one in a training's checkpoint.

    Raises:
        UserError: PyTorch is not installed, or the file holds anything but tensors, which a
            pickle could run code with: it is refused before any of it is built.
    """
    require("torch", "import")
    import torch

    try:
        # torchvision's own training script keeps its arguments beside the weights.
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            # Of archives of a model's code, which are then refused in one line.
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch raises whatever its zip, pickle and storage readers meet.
        if "weights_only" in str(error).lower() or "weights only" in str(error).lower():
            raise UserError(
                f"expected {_KIND}, received a pickle of other objects, which could run code: "
                f"{path}; save model.state_dict(), not the model"
            ) from None
        raise unreadable(_KIND, path, error) from None
    state = _state(loaded)
    if not state:
        raise unreadable(_KIND, path, "it is no dictionary of named tensors")
    # A tensor may claim more than the file holds, by strides of zero.
    require_size(sum(tensor.numel() * tensor.element_size() for tensor in state.values()), path)
    try:
        return {_plain(name): _as_array(tensor) for name, tensor in state.items()}
    except (RuntimeError, TypeError) as error:
        raise unreadable(_KIND, path, error) from None


def _state(loaded: Any) -> dict[str, Any]:
    """The named tensors of a state dict, or of the one in a training's checkpoint."""
    if not isinstance(loaded, dict):
        return {}
    for wrapper in _WRAPPERS:
        if state := _named_tensors(loaded.get(wrapper)):
            return state
    return max(map(_named_tensors, (loaded, *loaded.values())), key=len)


def _named_tensors(held: Any) -> dict[str, Any]:
    import torch

    if not isinstance(held, dict):
        return {}
    return {
        name: tensor
        for name, tensor in held.items()
        if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }


def _plain(name: str) -> str:
    while prefix := next(filter(name.startswith, _PREFIXES), ""):
        name = name.removeprefix(prefix)
    return name


def _as_array(tensor: Any) -> np.ndarray:
    # NumPy has no bfloat16; float32 holds every half exactly.
    return np.asarray((tensor.float() if tensor.is_floating_point() else tensor).detach())
