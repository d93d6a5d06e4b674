"""From a finished run to a model file, written only if it passes the gate."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from plant_convert.backends import Quantisation, quantise
from plant_convert.backends.tensorflow import float32_flatbuffer
from plant_convert.calibration import representative_pictures
from plant_convert.compress import compressed
from plant_convert.flatbuffer import Contents, read_contents
from plant_convert.gate import Comparison, Limits, compare, pictures_to_add, refusals
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_convert.metadata import LOGITS, classifier_metadata, with_metadata
from plant_convert.origin import Origin, run_origin
from plant_convert.quantisation_noise import tensor_noise
from plant_convert.runtime_version import with_runtime_version
from plant_device.classify.runtime import Runtime
from plant_device.contract.classes import leaf_class
from plant_device.contract.command_line import say
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture, centre_crop
from plant_device.contract.manifest import (
    Flatbuffer,
    HeldOutFigures,
    Input,
    Manifest,
    SelfTestVector,
    Thresholds,
)
from plant_device.contract.model_file import write_model_file
from plant_train.data.cache import CachedPictures
from plant_train.judge.calibration import carried_not_leaf, fit_temperature, fit_unsure
from plant_train.judge.inference import picture_logits
from plant_train.progress import track

_SELF_TESTS = 4
_NOISE_PICTURES, _NOISE_LINES = 16, 6


@dataclass(frozen=True)
class Order:
    """What a call of `build` asks for.

    Args:
        run: a run folder; of a foreign model its file or folder.
        data: the data sets as `fit` got them, where they lie now; empty: where they lay.
        version: of the model, as the user counts.
        calibration: pictures in the representative data set.
        allow_float: write the file even if some ops of it are not integer.
        licence: under which the model is given away; empty: not known.
        ranks: of the dense layers, rising; the first that passes is written. Empty: as they are.
        quantisation: by which back end, and how.
    """

    run: Path
    out: Path
    data: Sequence[Path]
    version: str
    calibration: int
    allow_float: bool
    limits: Limits
    licence: str = ""
    ranks: Sequence[int] = ()
    quantisation: Quantisation = field(default_factory=Quantisation)


def build(order: Order) -> Comparison:
    """Convert, check on the run's held-out pictures, write.

    Returns:
        the figures on the held-out pictures.

    Raises:
        UserError: the run or its data are not usable, an op is not integer, or the gate said no.
    """
    origin = run_origin(order.run, order.data)
    return _smallest(origin, order) if order.ranks else convert(origin, order)


def _smallest(origin: Origin, order: Order) -> Comparison:
    """Convert with dense layers of each rank in turn, to the first that passes the gate."""
    refused: UserError | None = None
    for rank, smaller in compressed(order.run, origin, order.ranks):
        if refused:
            say(f"{refused}\nnow rank {rank}")
        try:
            return convert(smaller, order)
        except UserError as error:
            if error.exit_code != REFUSED:
                raise
            refused = error
    assert refused
    raise refused


def convert(origin: Origin, order: Order) -> Comparison:
    """Convert a float32 classifier, check the result on its held-out pictures, write it.

    Raises:
        UserError: an op is not integer, or the gate said no.
    """
    model, training, validation = origin.model, origin.training, origin.validation
    say("converting to int8 …")
    made = _quantised(model, training, order)
    side, classes = validation.geometry.input_side, len(validation.classes)
    said = classifier_metadata(
        name=order.out.stem,
        version=order.version,
        architecture=origin.architecture,
        classes=classes,
        licence=order.licence,
        scores=LOGITS,
    )
    flatbuffer = with_metadata(made.flatbuffer, said)
    runtime = Runtime(flatbuffer, side=side, classes=classes, name=order.out.name)

    float32 = origin.float32
    int8 = _int8_logits(runtime, validation, range(len(validation)))
    temperature = fit_temperature(int8, validation.labels)
    temperatures = origin.temperature, temperature
    comparison = compare(float32, int8, validation.labels, validation.classes, temperatures)

    judged, added = comparison, pictures_to_add(validation.labels, training.labels, classes)
    if added:
        leaves = [training.leaf(index) for index in added]
        say(f"{len(added)} training pictures join the gate's, of classes with few held-out ones")
        judged = compare(
            np.concatenate([float32, picture_logits(origin.whole, leaves, training.geometry)]),
            np.concatenate([int8, _int8_logits(runtime, training, added)]),
            np.concatenate([validation.labels, training.labels[added]]),
            validation.classes,
            temperatures,
        )
    broken = refusals(judged, order.limits)
    if broken:
        say(_noise_in_words(made))
        raise UserError(
            f"the int8 model is not written: {'; '.join(broken)}. Try more --calibration pictures, "
            "another --backend, train longer, or set --min-agreement, --max-drop and "
            "--max-recall-drop",
            exit_code=REFUSED,
        )

    self_tests = _self_test_pictures(validation)
    write_model_file(
        order.out,
        Manifest(
            name=order.out.stem,
            version=order.version,
            architecture=origin.architecture,
            input=Input(side=side, stored_side=validation.geometry.stored_side),
            classes=[leaf_class(label) for label in validation.classes],
            temperature=temperature,
            thresholds=Thresholds(
                unsure=fit_unsure(int8, validation.labels, temperature),
                not_leaf=carried_not_leaf(origin.not_leaf, float32, int8),
            ),
            held_out=HeldOutFigures(
                data_fingerprint=validation.fingerprint,
                float32=comparison.float32,
                int8=comparison.int8,
                agreement=comparison.agreement,
            ),
            made_by=origin.made_by,
            runtime_min=made.contents.runtime_min,
            flatbuffer=Flatbuffer(
                bytes=len(flatbuffer), sha256=hashlib.sha256(flatbuffer).hexdigest()
            ),
            self_test=[
                SelfTestVector(
                    picture=f"self_test/{number}.png",
                    logits=runtime.quantised_logits(picture).tolist(),
                )
                for number, picture in enumerate(self_tests)
            ],
        ),
        flatbuffer,
        self_tests,
    )
    say(f"{order.out.name} runs under TensorFlow Lite {made.contents.runtime_min} and newer")
    return comparison


@dataclass(frozen=True)
class _Quantised:
    """A float32 graph, and what the quantiser made of it with the representative pictures."""

    graph: keras.Model
    representative: Sequence[Picture]
    flatbuffer: bytes
    contents: Contents


def _quantised(model: keras.Model, training: CachedPictures, order: Order) -> _Quantised:
    representative = representative_pictures(training, order.calibration)
    graph = with_integer_lrn(inference_graph(model), representative)
    flatbuffer = with_runtime_version(quantise(graph, representative, order.quantisation))
    contents = read_contents(flatbuffer)
    if contents.float_ops and not order.allow_float:
        raise UserError(
            f"the int8 model is not written: expected integers from end to end, "
            f"{len(contents.float_ops)} ops are not: {', '.join(contents.float_ops)}. Train "
            "without the layer that they are of, or insist with --allow-float",
            exit_code=REFUSED,
        )
    return _Quantised(graph, representative, flatbuffer, contents)


def _noise_in_words(made: _Quantised) -> str:
    float32 = float32_flatbuffer(made.graph)
    worst = tensor_noise(float32, made.flatbuffer, made.representative[:_NOISE_PICTURES])
    lines = [f"{one.decibels:5.1f} dB  {one.op} {one.name}" for one in worst[:_NOISE_LINES]]
    return "\n".join(["signal to quantisation noise, the worst tensors first:", *lines])


def _int8_logits(runtime: Runtime, pictures: CachedPictures, indices: Sequence[int]) -> np.ndarray:
    crops = (centre_crop(pictures.leaf(index), pictures.geometry) for index in indices)
    return np.stack([runtime.logits(crop) for crop in track(crops, len(indices), "int8")])


def _self_test_pictures(pictures: CachedPictures) -> list[Picture]:
    """Held-out pictures, spread over the classes."""
    chosen = np.linspace(0, len(pictures) - 1, min(_SELF_TESTS, len(pictures))).round().astype(int)
    return [centre_crop(pictures.leaf(int(index)), pictures.geometry) for index in chosen]
