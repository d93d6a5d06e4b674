"""A flatbuffer whose intermediate results can be read."""

import warnings

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from plant_device.contract.geometry import Picture
from plant_device.contract.native_stderr import native_stderr_aside


class OpenGraph:
    """A network on ai-edge-litert; after a run, what each op gave can be read.

    Args:
        flatbuffer: a TFLite model that takes one picture of raw pixels, as float32 or uint8.

    Attributes:
        ops: in the order of execution.
        outputs: the name of what each of them gives.
    """

    def __init__(self, flatbuffer: bytes) -> None:
        with native_stderr_aside(), warnings.catch_warnings():
            # That all tensors are kept is for debugging alone: so it is.
            warnings.simplefilter("ignore", UserWarning)
            self._interpreter = Interpreter(
                model_content=flatbuffer, experimental_preserve_all_tensors=True
            )
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        tensors = {one["index"]: one for one in self._interpreter.get_tensor_details()}
        # The last ones are those of the delegates that took ops over.
        ops = [op for op in self._interpreter._get_ops_details() if op["op_name"] != "DELEGATE"]
        self.ops = [op["op_name"] for op in ops]
        self.outputs = [tensors[op["outputs"][0]]["name"] for op in ops]
        self._tensors = {one["name"]: one for one in tensors.values()}

    def run(self, picture: Picture) -> None:
        """Compute all of it for one input uint8 [S, S, 3]."""
        pixels = picture[np.newaxis].astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()

    def value(self, name: str) -> np.ndarray:
        """What the last run put into a tensor, float64 in natural units."""
        tensor = self._tensors[name]
        scale, zero_point = tensor["quantization"]
        values = self._interpreter.get_tensor(tensor["index"]).astype(np.float64)
        return np.asarray((values - zero_point) * scale if scale else values)
