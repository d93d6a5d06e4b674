"""From a finished run to a model file, written only if it passes the gate."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from functools import partial

import keras
import numpy as np

from plant_convert.backends import Method
from plant_convert.calibration import representative_pictures
from plant_convert.compress import compressed
from plant_convert.compression import Compression
from plant_convert.converted import Converted, Factored, Trial
from plant_convert.disagreements import disagreements
from plant_convert.gate import gate_record, refusals
from plant_convert.gate_words import gate_lines
from plant_convert.judged import judged, judged_pictures
from plant_convert.lrn_power import LrnPower
from plant_convert.metadata import LOGITS, classifier_metadata
from plant_convert.op_layer import with_layer
from plant_convert.order import Order
from plant_convert.origin import Origin, run_origin
from plant_convert.peak_memory import peak_bytes
from plant_convert.quantisation_noise import TensorNoise
from plant_convert.quantised import Quantised, quantised
from plant_convert.report.conversion_words import factors_part
from plant_convert.room import require_room_to_convert
from plant_convert.schema.metadata import ModelMetadata
from plant_convert.write import write
from plant_device.classify.runtime import Runtime
from plant_device.contract.classes import leaf_class
from plant_device.contract.command_line import say
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.geometry import Picture, centre_crop
from plant_device.contract.manifest import (
    Conversion,
    Flatbuffer,
    HeldOutFigures,
    Input,
    Manifest,
    SelfTestVector,
    Thresholds,
)
from plant_device.contract.model_file import model_file_content
from plant_train.data.cache import CachedPictures
from plant_train.judge.calibration import carried_not_leaf, fit_temperature, fit_unsure
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import agreement, figures

_SELF_TESTS = 4
_BETWEEN = ("DEQUANTIZE", "QUANTIZE")
_NOISE_LINES = 6
_FLOAT32_BYTES = 4


def build(order: Order) -> Converted:
    """Convert a run, check on its held-out pictures, write.

    Raises:
        UserError: the run or its data are not usable, a disk has no room, an op is not integer, or
            the gate said no.
    """
    check = partial(require_room_to_convert, order=order)
    return convert(run_origin(order.run, order.data, check), order)


def convert(origin: Origin, order: Order) -> Converted:
    """Convert a float32 classifier, check the result on its held-out pictures, write it.

    With several ways to compress it, the first that passes.

    Raises:
        UserError: an op is not integer, or the gate said no.
    """
    start = time.perf_counter()
    said = _metadata(origin, order)
    representative = representative_pictures(origin.training, order.calibration)
    pictures = judged_pictures(origin)
    trials: list[Trial] = []
    for compression, model in _models(origin, order):
        say(f"converting to int8{f', compressed by {compression}' if compression else ''} …")
        made = quantised(model, representative, order.quantisation, said, order.lrn)
        _require_integers(made, order)
        runtime = _runtime(made, origin.validation, order)
        shown = judged(runtime, pictures)
        broken = refusals(shown.gate, order.limits)
        gate = gate_record(shown.gate, order.limits, len(pictures.added))
        trials.append(Trial(compression, len(made.flatbuffer), shown, gate, broken))
        say(gate_lines(gate))
        if not broken:
            break
        if compression:
            say(f"compressed by {compression} it does not pass")
    else:
        if trials[-1].compression:
            say(factors_part(_factored(origin, model, shown.int8)))
        say(_in_words(made.noise()))
        raise _refused(trials, order, all_seen=order.calibration >= len(origin.training))

    self_tests = _self_test_pictures(origin.validation)
    manifest = _manifest(origin, order, made, trials[-1], _self_test(runtime, self_tests))
    noise = made.noise()
    say(f"{order.out.name} runs under TensorFlow Lite {manifest.runtime_min} and newer")
    converted = Converted(
        file=order.out,
        content=model_file_content(manifest, made.flatbuffer, self_tests),
        manifest=manifest,
        trials=trials,
        float32_bytes=origin.whole.count_params() * _FLOAT32_BYTES,
        factored=_factored(origin, model, shown.int8) if trials[-1].compression else None,
        noise=noise,
        held_out=origin.validation,
        disagreements=disagreements(
            origin.float32,
            shown.int8,
            origin.validation.labels,
            origin.validation.classes,
            (origin.temperature, shown.temperature),
        ),
        seconds=time.perf_counter() - start,
        peak_bytes=peak_bytes(),
    )
    write(converted)
    return converted


def _models(origin: Origin, order: Order) -> Iterable[tuple[Compression | None, keras.Model]]:
    """The models to try in turn."""
    if not order.compressions:
        return [(None, origin.model)]
    return compressed(order.run, origin, order.compressions)


def _factored(origin: Origin, model: keras.Model, int8: np.ndarray) -> Factored:
    held_out = origin.validation
    logits = predict_logits(model, held_out, "held-out pictures, compressed in float32")
    temperature = fit_temperature(logits, held_out.labels)
    return Factored(
        float32=figures(logits, held_out.labels, held_out.classes, temperature),
        bytes=model.count_params() * _FLOAT32_BYTES,
        agreement=agreement(origin.float32, logits),
        int8_agreement=agreement(logits, int8),
    )


def _metadata(origin: Origin, order: Order) -> ModelMetadata:
    return classifier_metadata(
        name=order.name or origin.made_by.run,
        version=order.version,
        architecture=origin.architecture,
        classes=len(origin.validation.classes),
        licence=order.licence,
        scores=LOGITS,
    )


def _require_integers(made: Quantised, order: Order) -> None:
    float_ops = made.contents.float_ops
    if float_ops and not order.allow_float:
        # What stands between integers and a float op is there for that op alone.
        ops = [op.partition(" ")[::2] for op in float_ops]
        causes = [(op, name) for op, name in ops if op not in _BETWEEN] or ops
        named = [f"{op} {with_layer(made.graph, name)}" for op, name in causes]
        other = "--lrn" if order.lrn is LrnPower.FLOAT else "--backend"
        raise UserError(
            f"the int8 model is not written: expected integers from end to end, "
            f"{len(named)} ops are not: {', '.join(named)}. Take another {other}, train without "
            "the layer that they are of, or insist with --allow-float",
            exit_code=REFUSED,
        )


def _runtime(made: Quantised, held_out: CachedPictures, order: Order) -> Runtime:
    side, classes = held_out.geometry.input_side, len(held_out.classes)
    return Runtime(made.flatbuffer, side=side, classes=classes, name=order.out.name)


def _in_words(noise: Sequence[TensorNoise]) -> str:
    lines = [f"{one.decibels:5.1f} dB  {one.op} {one.name}" for one in noise[:_NOISE_LINES]]
    return "\n".join(["signal to quantisation noise, the worst tensors first:", *lines])


def _refused(trials: Sequence[Trial], order: Order, *, all_seen: bool) -> UserError:
    last = trials[-1]
    ways = [
        *(["a larger rank or share, or no --compress"] if last.compression else []),
        *([] if order.quantisation.method is Method.MIN_MAX else ["--calibration-method min-max"]),
        *([] if all_seen else ["more --calibration pictures"]),
        "another --backend",
    ]
    tried = ", then ".join(str(trial.compression) for trial in trials)
    several = "; the last one: " if len(trials) > 1 else ": "
    which = f"compressed by {tried} it does not pass{several}" if last.compression else ""
    return UserError(
        f"the int8 model is not written: {which}{'; '.join(last.refusals)}. Try {', '.join(ways)}, "
        "train longer, or set --min-agreement, --max-drop and --max-recall-drop",
        exit_code=REFUSED,
    )


def _manifest(
    origin: Origin,
    order: Order,
    made: Quantised,
    trial: Trial,
    self_test: list[SelfTestVector],
) -> Manifest:
    validation, flatbuffer, shown = origin.validation, made.flatbuffer, trial.judged
    return Manifest(
        name=order.name or origin.made_by.run,
        version=order.version,
        architecture=origin.architecture,
        input=Input(
            side=validation.geometry.input_side, stored_side=validation.geometry.stored_side
        ),
        classes=[leaf_class(label) for label in validation.classes],
        temperature=shown.temperature,
        thresholds=Thresholds(
            unsure=fit_unsure(shown.int8, validation.labels, shown.temperature),
            not_leaf=carried_not_leaf(origin.not_leaf, origin.float32, shown.int8),
        ),
        held_out=HeldOutFigures(
            data_fingerprint=validation.fingerprint,
            float32=shown.held_out.float32,
            int8=shown.held_out.int8,
            agreement=shown.held_out.agreement,
        ),
        gate=trial.gate,
        conversion=Conversion(
            backend=order.quantisation.backend.value,
            calibration_method=order.quantisation.method.value,
            calibration_pictures=len(made.representative),
            dense=order.quantisation.dense.value,
            rank=trial.compression.rank if trial.compression else None,
            share=trial.compression.share if trial.compression else None,
            allow_float=order.allow_float,
            float_ops=list(made.contents.float_ops),
        ),
        made_by=origin.made_by,
        runtime_min=made.contents.runtime_min,
        flatbuffer=Flatbuffer(bytes=len(flatbuffer), sha256=hashlib.sha256(flatbuffer).hexdigest()),
        self_test=self_test,
    )


def _self_test_pictures(pictures: CachedPictures) -> list[Picture]:
    """Held-out pictures, spread over the classes."""
    chosen = np.linspace(0, len(pictures) - 1, min(_SELF_TESTS, len(pictures))).round().astype(int)
    return [centre_crop(pictures.leaf(int(index)), pictures.geometry) for index in chosen]


def _self_test(runtime: Runtime, pictures: Sequence[Picture]) -> list[SelfTestVector]:
    return [
        SelfTestVector(
            picture=f"self_test/{number}.png", logits=runtime.quantised_logits(picture).tolist()
        )
        for number, picture in enumerate(pictures)
    ]
