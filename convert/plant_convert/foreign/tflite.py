"""A TFLite classifier that others made, asked as the device asks its own."""

import math
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from plant_convert.flatbuffer import Contents, read_contents
from plant_convert.foreign.description import Description
from plant_convert.foreign.metadata import normalisation_of
from plant_device.classify.classifier import Classified, Look
from plant_device.classify.decision import decide, predict
from plant_device.classify.runtime import Logits, start_interpreter
from plant_device.contract.classes import leaf_class
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture, network_input
from plant_device.contract.manifest import Thresholds

_DTYPES = (np.uint8, np.int8, np.float32)
_INT8_OFFSET = 128
# Of a tensor; more than any picture classifier has, and less than memory.
_MAX_VALUES = 1 << 28
# Steps of a quantised softmax, as TFLite's quantisation specification fixes them.
_PROBABILITY_STEP = 1 / 256
_LEAST_PROBABILITY = 1e-7
# A foreign file has none: it names a class for every picture.
_NO_THRESHOLDS = Thresholds(unsure=0.0, not_leaf=-sys.float_info.max)


class ForeignClassifier:
    """Classifies pictures with a foreign network on the device's own runtime.

    It takes one picture NHWC [1, S, S, 3] as uint8, int8 or float32, and gives logits or
    probabilities [1, N] as one of the same. A batch axis that is free counts as 1.

    Args:
        flatbuffer: untrusted.
        name: what messages call it.
        description: what its file does not tell.

    Raises:
        UserError: the runtime does not run it, or it is no such classifier.
    """

    def __init__(self, flatbuffer: bytes, name: str, description: Description) -> None:
        contents = read_contents(flatbuffer, name)
        _require_runnable(contents, name)
        self._interpreter = start_interpreter(flatbuffer, name)
        self._name = name
        self._source = _only(self._interpreter.get_input_details(), "input", name)
        self._result = _only(self._interpreter.get_output_details(), "output", name)
        _require_scale(self._result, name)
        if description.normalisation:
            _require_scale(self._source, name)
        elif self._source["dtype"] is np.float32:
            # Of quantised inputs the metadata say what their scale stands for.
            description = replace(description, normalisation=normalisation_of(contents, name))
        self._description = description
        self._side = _square_side(self._source, name)
        self._geometry = description.geometry(self._side)
        self._classes = [leaf_class(label) for label in description.labels]
        _require_classes(self._result, len(self._classes), name)
        self._gives_probabilities = all(map(self._is_distribution, _trials(self._side)))

    @property
    def assumed(self) -> str:
        """What it is taken for, in one line."""
        given = "probabilities" if self._gives_probabilities else "logits"
        return (
            f"{self._name} is taken for a network of {self._source['dtype'].__name__} "
            f"{self._description.in_words(self._side)}. It gives {given} as "
            f"{self._result['dtype'].__name__}, and names a class for every picture"
        )

    def logits(self, picture: Picture) -> Logits:
        """Logits float32 [N] of one RGB picture, uint8 [H, W, 3]; of probabilities their logarithm.

        Raises:
            UserError: the network gives what is no number.
        """
        values = self._values(network_input(picture, self._geometry))
        if not self._gives_probabilities:
            return values
        # Half a step stands for what was rounded to nothing.
        scale, _ = self._result["quantization"]
        least = scale / 2 if scale else _LEAST_PROBABILITY
        return np.asarray(np.log(np.maximum(values, least)), dtype=np.float32)

    def look(self, picture: Picture) -> Look:
        """Ask the network of one RGB picture, uint8 [H, W, 3]; see `logits`."""
        start = time.perf_counter()
        return Look(self.logits(picture), (time.perf_counter() - start) * 1e3)

    def outcome(self, look: Look) -> Classified:
        """The prediction at temperature 1 and without thresholds."""
        prediction = predict(look.logits, self._classes, temperature=1.0)
        return Classified(prediction, decide(prediction, _NO_THRESHOLDS), look.ms)

    def _is_distribution(self, pixels: Picture) -> bool:
        values = self._values(pixels)
        # Each of N probabilities may have been rounded by half a step.
        tolerance = len(values) * _PROBABILITY_STEP / 2
        within = values.min() >= 0 and values.max() <= 1
        return bool(within and abs(values.sum() - 1) <= tolerance)

    def _values(self, pixels: Picture) -> Logits:
        """What the network gives, float32 [N] in natural units, for pixels uint8 [S, S, 3]."""
        self._interpreter.set_tensor(self._source["index"], self._fed(pixels)[np.newaxis])
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise UserError(f"the runtime does not run {self._name}: {error}") from None
        given = self._interpreter.get_tensor(self._result["index"])[0].astype(np.float32)
        scale, zero_point = self._result["quantization"]
        values = (given - zero_point) * np.float32(scale) if scale else given
        if not np.isfinite(values).all():
            raise UserError(f"expected finite numbers from {self._name}, received NaN or infinity")
        return np.asarray(values, dtype=np.float32)

    def _fed(self, pixels: Picture) -> np.ndarray:
        """Pixels uint8 [S, S, 3] as the network takes them.

        Quantised inputs are raw pixels by custom, int8 ones less 128: their scale and zero point
        stand for the normalisation that was taken out of the graph.
        """
        dtype = self._source["dtype"]
        if self._description.normalisation is None:
            if dtype is np.int8:
                return (pixels.astype(np.int16) - _INT8_OFFSET).astype(np.int8)
            return pixels.astype(dtype)
        values = self._description.normalisation.apply(pixels)
        if dtype is np.float32:
            return values
        scale, zero_point = self._source["quantization"]
        steps = np.rint(values / scale) + zero_point
        limits = np.iinfo(dtype)
        return np.asarray(np.clip(steps, limits.min, limits.max).astype(dtype))


def _require_runnable(contents: Contents, name: str) -> None:
    """Refuse what a runtime has no code for, and what would take all the memory."""
    if contents.custom_ops:
        raise UserError(
            f"expected TFLite's own ops alone, which every runtime has, {name} has "
            f"{', '.join(contents.custom_ops)}: convert it again without custom or Select TF "
            "(Flex) ops"
        )
    tensors = [tensor for layer in contents.layers for tensor in (*layer.inputs, *layer.outputs)]
    largest = max((math.prod(tensor.shape) for tensor in tensors), default=0)
    if largest > _MAX_VALUES:
        raise UserError(
            f"expected tensors of at most {_MAX_VALUES:,} values, {name} has one of {largest:,}"
        )


def _only(details: list[dict[str, Any]], which: str, name: str) -> dict[str, Any]:
    if len(details) != 1:
        raise UserError(f"expected a network with one {which}, {name} has {len(details)}")
    (found,) = details
    if found["dtype"] not in _DTYPES:
        raise UserError(
            f"expected an {which} of uint8, int8 or float32, {name} has "
            f"{np.dtype(found['dtype']).name}"
        )
    return found


def _square_side(source: dict[str, Any], name: str) -> int:
    # A free axis is -1 here, and 1 in `shape`; the first is the batch, which may be free.
    signature = source["shape_signature"].tolist()
    shape = source["shape"].tolist()
    is_picture = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2] and shape[3] == 3
    if not is_picture or -1 in signature[1:]:
        raise UserError(
            f"expected a network that takes one RGB picture of a fixed square, [1, S, S, 3], "
            f"{name} takes {signature or shape}"
        )
    return int(shape[1])


def _require_classes(result: dict[str, Any], classes: int, name: str) -> None:
    shape = result["shape"].tolist()
    if shape != [1, classes]:
        raise UserError(
            f"expected a logit or probability for each of the {classes} labels, [1, {classes}], "
            f"{name} gives {shape}"
        )


def _require_scale(details: dict[str, Any], name: str) -> None:
    scale, _ = details["quantization"]
    if details["dtype"] is not np.float32 and not scale:
        raise UserError(
            f"expected a scale for the {np.dtype(details['dtype']).name} of {details['name']}, "
            f"{name} tells none: nothing says what its numbers stand for"
        )


def _trials(side: int) -> list[Picture]:
    """Pictures that tell a network's probabilities from logits: plain ones, and noise."""
    plain = [np.full((side, side, 3), grey, np.uint8) for grey in (0, 128, 255)]
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3))
    return [*plain, noise.astype(np.uint8)]
