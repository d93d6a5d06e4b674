"""What `verify` judges: a model file of ours, or a foreign TFLite classifier."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plant_convert.foreign.description import Description
from plant_convert.foreign.tflite import ForeignClassifier
from plant_convert.schema.tflite import IDENTIFIER
from plant_device.classify.classifier import Classified, Classifier, Look
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.model_file import MANIFEST, parse_model_file, part_names, read_bounded


class Classifies(Protocol):
    """What the device's classifier and a foreign one offer."""

    def look(self, picture: Picture) -> Look:
        """What is found in one RGB picture, uint8 [H, W, 3]."""

    def outcome(self, look: Look) -> Classified:
        """The prediction and decision that follow from it."""


@dataclass(frozen=True)
class Subject:
    """A model to judge.

    Args:
        name: the model's.
        sha256, bytes: of its file.
        classes: labels, in the order of the logits.
        temperature: the logits are divided by it before the softmax.
        held_out: fingerprint of the pictures that its figures were measured on; None where its
            file does not say.
    """

    name: str
    sha256: str
    bytes: int
    classes: tuple[str, ...]
    temperature: float
    classifier: Classifies
    held_out: str | None = None


def model_file(file: Path) -> Subject:
    """A model file of plant-convert, on the device's own classifier.

    Raises:
        UserError: it is not a whole one, or does not run here.
    """
    content = read_bounded(file)
    try:
        model = parse_model_file(file, content)
    except UserError as error:
        if content[4:8] == IDENTIFIER:
            raise UserError(
                f"{error}; of a foreign classifier, name the classes with --labels"
            ) from None
        raise
    return Subject(
        name=model.manifest.name,
        sha256=model.sha256,
        bytes=file.stat().st_size,
        classes=tuple(model.manifest.labels),
        temperature=model.manifest.temperature,
        classifier=Classifier(model),
        held_out=model.manifest.held_out.data_fingerprint,
    )


def foreign_file(file: Path, description: Description) -> Subject:
    """A foreign TFLite classifier; says what it is taken for.

    Raises:
        UserError: it is none, or one of ours, or does not run here.
    """
    content = read_bounded(file)
    if MANIFEST in part_names(content):
        raise UserError(
            f"{file} is a model file of plant-convert, which has its own classes, geometry and "
            "thresholds: leave --labels out"
        )
    classifier = ForeignClassifier(content, file.name, description)
    say(classifier.assumed)
    return Subject(
        name=file.stem,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        classes=description.labels,
        temperature=1.0,
        classifier=classifier,
    )
