"""The TFLite runtime, whichever is installed, behind one small class."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plant_device.classify.installed_runtime import runtime_module
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.model_file import ModelFile
from plant_device.contract.native_stderr import native_stderr_aside

Logits = NDArray[np.float32]


class Runtime:
    """An int8 network, ready to be called: uint8 [S, S, 3] in, int8 logits [N] out.

    Args:
        flatbuffer: a TFLite model from a trusted place: a checked model file, or plant-convert.
        side: S.
        classes: N.
        name: what messages call it.
        threads: processor threads for one picture; by default one a core, at most 4.
        delegate: an external delegate's library, that is to compute in the processor's place.

    Raises:
        UserError: no runtime is installed, it does not run the network, the network is not what
            the contract says, or the delegate does not apply.
    """

    def __init__(
        self,
        flatbuffer: bytes,
        *,
        side: int,
        classes: int,
        name: str,
        threads: int | None = None,
        delegate: str | None = None,
    ) -> None:
        self._interpreter = start_interpreter(flatbuffer, name, threads, delegate)
        try:
            source = _only(self._interpreter.get_input_details(), name)
            result = _only(self._interpreter.get_output_details(), name)
        except UnicodeDecodeError as error:
            raise UserError(f"{name}: expected names in UTF-8 of its tensors ({error})") from None
        _expect(name, "input", source, np.uint8, [1, side, side, 3])
        _expect(name, "output", result, np.int8, [1, classes])
        self._input, self._output = source["index"], result["index"]
        self._scale, self._zero_point = result["quantization"]

    def quantised_logits(self, network_input: Picture) -> NDArray[np.int8]:
        """The model's own output, int8 [N], for one input uint8 [S, S, 3]."""
        self._interpreter.set_tensor(self._input, network_input[np.newaxis])
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output)[0], dtype=np.int8)

    def logits(self, network_input: Picture) -> Logits:
        """Logits float32 [N] in natural units, for one input uint8 [S, S, 3]."""
        steps = self.quantised_logits(network_input).astype(np.float32) - self._zero_point
        return np.asarray(steps * np.float32(self._scale), dtype=np.float32)


def start_interpreter(
    flatbuffer: bytes, name: str, threads: int | None = None, delegate: str | None = None
) -> Any:
    """The installed runtime's interpreter of a network, with its tensors allocated.

    Raises:
        UserError: no runtime is installed, it does not run the network, or the delegate does not
            apply.
    """
    module = runtime_module()
    options = {"model_content": flatbuffer, "num_threads": threads or min(4, os.cpu_count() or 1)}
    if delegate:
        options["experimental_delegates"] = [load_delegate(module, delegate)]
    try:
        with native_stderr_aside():
            interpreter = module.Interpreter(**options)
            if delegate:
                _require_taken_over(interpreter, module.Interpreter(model_content=flatbuffer))
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise UserError(
            f"the installed {module.__name__.partition('.')[0]} does not run "
            f"{name}{' with this delegate' if delegate else ', a newer one may'}: {error}"
        ) from None
    return interpreter


def load_delegate(module: Any, library: str) -> Any:
    """Load an external delegate (tensorflow/lite/delegates/external) by its library's name.

    Raises:
        UserError: it is no library, no delegate, or finds nothing to work with.
    """
    with native_stderr_aside():
        try:
            return module.load_delegate(library)
        except (OSError, ValueError, AttributeError) as error:
            reason = str(error)
    # Not raised above: the exception holds a half-made delegate, whose end prints a traceback.
    raise UserError(f"expected an external delegate's library, received {library}: {reason}")


def _require_taken_over(delegated: Any, plain: Any) -> None:
    """A delegate adds its own operators to those of the network that it takes over."""
    if len(delegated._get_ops_details()) == len(plain._get_ops_details()):
        raise ValueError("the delegate takes no operator of it over")


def _only(details: list[dict[str, Any]], name: str) -> dict[str, Any]:
    if len(details) != 1:
        raise UserError(f"{name}: expected one input and one output, received {len(details)}")
    return details[0]


def _expect(
    name: str, which: str, details: dict[str, Any], dtype: type[np.generic], shape: list[int]
) -> None:
    received = details["shape"].tolist()
    if details["dtype"] is not dtype or received != shape:
        raise UserError(
            f"{name}: expected {which} {dtype.__name__} {shape}, received "
            f"{details['dtype'].__name__} {received}"
        )


def runtime_of(
    model: ModelFile, threads: int | None = None, delegate: str | None = None
) -> Runtime:
    """The runtime of a model file that was read and checked."""
    return Runtime(
        model.content,
        side=model.manifest.input.side,
        classes=len(model.manifest.classes),
        name=f"{model.name} (lowest runtime version {model.manifest.runtime_min})",
        threads=threads,
        delegate=delegate,
    )
