"""Where quantisation loses most: every tensor of the int8 graph beside that of the float graph.

Both are run on the same pictures, and tensors of the same name are compared. A name that only
one graph has (a fused or an added tensor) is passed over.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from plant_device.contract.geometry import Picture
from plant_device.contract.native_stderr import native_stderr_aside


@dataclass(frozen=True)
class TensorNoise:
    """One tensor's signal-to-quantisation-noise ratio.

    Args:
        place: of the op that gives it, in the order of execution.
        op: that op.
        name: the tensor's.
        decibels: 10 log10 of the float signal's power over that of the difference; infinite
            where there is none.
    """

    place: int
    op: str
    name: str
    decibels: float


def tensor_noise(float32: bytes, int8: bytes, pictures: Sequence[Picture]) -> list[TensorNoise]:
    """The noise of all tensors that both graphs compute, the worst first.

    Args:
        float32, int8: TFLite flatbuffers of one network; the first takes raw pixels as float32.
        pictures: network inputs uint8 [S, S, 3], at least one.
    """
    exact, steps = _Graph(float32), _Graph(int8)
    shared = [place for place, name in enumerate(steps.outputs) if name in exact.outputs]
    signal, noise = np.zeros(len(shared)), np.zeros(len(shared))
    for picture in pictures:
        exact.run(picture)
        steps.run(picture)
        for row, place in enumerate(shared):
            name = steps.outputs[place]
            wanted, given = exact.value(name), steps.value(name)
            signal[row] += np.sum(wanted**2)
            noise[row] += np.sum((given - wanted) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        decibels = 10 * np.log10(signal / noise)
    found = [
        TensorNoise(place, steps.ops[place], steps.outputs[place], float(ratio))
        for place, ratio in zip(shared, decibels, strict=True)
        if not np.isnan(ratio)
    ]
    return sorted(found, key=lambda one: one.decibels)


class _Graph:
    """A flatbuffer whose intermediate results can be read after a run."""

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
        pixels = picture[np.newaxis].astype(self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], pixels)
        self._interpreter.invoke()

    def value(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        scale, zero_point = tensor["quantization"]
        values = self._interpreter.get_tensor(tensor["index"]).astype(np.float64)
        return np.asarray((values - zero_point) * scale if scale else values)
