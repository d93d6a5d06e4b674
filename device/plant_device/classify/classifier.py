"""A model file made callable: RGB picture in, prediction and decision out."""

import time
from dataclasses import dataclass
from pathlib import Path

from plant_device.classify.decision import (
    Decision,
    Prediction,
    decide,
    predict,
)
from plant_device.classify.quality import Quality, QualityLimits, measure_quality, refusal
from plant_device.classify.runtime import Logits, runtime_of
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture, centre_crop, leaf_picture
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import ModelFile, read_model_file
from plant_device.models.selftest import check_arithmetic
from plant_device.models.trial import tried

# An accelerator may load its firmware first.


@dataclass(frozen=True, eq=False)
class Look:
    """What was found in one picture, before it is decided on.

    Args:
        logits: float32 [N].
        ms: what geometry, quality and network took.
        quality: None where the network was asked alone.
    """

    logits: Logits
    ms: float
    quality: Quality | None = None


@dataclass(frozen=True)
class Classified:
    """One picture's outcome; `ms` covers geometry, quality and network.

    `quality` is None where the network was asked alone.
    """

    prediction: Prediction
    decision: Decision
    ms: float
    quality: Quality | None = None


class Classifier:
    """Classifies pictures with one model, after the model has passed its self-test.

    Args:
        model: a checked model file.
        threads: processor threads for one picture; by default one a core, at most 4.
        limits: of the quality that a picture must have to be answered by a class's name.
        delegate: an external delegate's library, to compute in the processor's place.

    Raises:
        UserError: the runtime does not run the model, its arithmetic fails the self-test, or the
            delegate does not apply.
    """

    def __init__(
        self,
        model: ModelFile,
        threads: int | None = None,
        limits: QualityLimits = QualityLimits(),  # noqa: B008  (frozen)
        delegate: str | None = None,
    ) -> None:
        self._runtime = runtime_of(model, threads, delegate)
        self._manifest = model.manifest
        self.sha256 = model.sha256
        self.delegate = delegate
        self._limits = limits
        self.largest_step = check_arithmetic(model, self._runtime)

    @property
    def manifest(self) -> Manifest:
        """What the model file says of itself."""
        return self._manifest

    def classify(self, picture: Picture) -> Classified:
        """Classify one RGB picture, uint8 [H, W, 3]."""
        return self.outcome(self.look(picture))

    def look(self, picture: Picture) -> Look:
        """Measure one RGB picture, uint8 [H, W, 3], and ask the network."""
        start = time.perf_counter()
        network_input, quality = self.prepared(picture)
        logits = self.logits(network_input)
        return Look(logits, (time.perf_counter() - start) * 1e3, quality)

    def prepared(self, picture: Picture) -> tuple[Picture, Quality]:
        """The network's input uint8 [S, S, 3] of an RGB picture, and what was measured of it."""
        leaf = leaf_picture(picture, self._manifest.geometry)
        return centre_crop(leaf, self._manifest.geometry), measure_quality(leaf)

    def logits(self, network_input: Picture) -> Logits:
        """Ask the network alone: logits float32 [N] of its input uint8 [S, S, 3]."""
        return self._runtime.logits(network_input)

    def outcome(self, look: Look) -> Classified:
        """What the limits of quality, and this model's temperature and thresholds, make of it."""
        prediction = predict(look.logits, self._manifest.classes, self._manifest.temperature)
        refused = refusal(look.quality, self._limits) if look.quality else None
        decision = refused or decide(prediction, self._manifest.thresholds)
        return Classified(prediction, decision, look.ms, look.quality)


def open_classifier(
    path: Path,
    threads: int | None = None,
    limits: QualityLimits = QualityLimits(),  # noqa: B008  (frozen)
    delegate: str | None = None,
) -> Classifier:
    """Read, check and start the model file at `path`; arguments as of `Classifier`.

    A delegate that does not work here is said, and the processor is used.
    """
    model = read_model_file(path)
    return Classifier(model, threads, limits, working_delegate(delegate, path, threads))


def working_delegate(delegate: str | None, path: Path, threads: int | None) -> str | None:
    """The delegate, if it passes the self-test of the model at `path`; else None, and it is said.

    It is tried in a process of its own, which it may crash.
    """
    if delegate is None:
        return None
    try:
        tried(path, path.name, threads=threads, delegate=delegate)
    except UserError as error:
        say(f"note: the processor is used, not the delegate {delegate}: {error}")
        return None
    return delegate
