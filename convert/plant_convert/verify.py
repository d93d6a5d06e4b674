"""A model file judged on any data set as the device would run it."""

import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from plant_convert.disagreements import Disagreement, disagreements
from plant_convert.gate import Comparison
from plant_convert.subject import Subject
from plant_device.classify.line import ClassifiedLine, classified_line
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.contract.figures import Figures
from plant_device.contract.manifest import Gate
from plant_device.contract.picture_file import read_picture
from plant_train.archs import find_architecture
from plant_train.data.cache import cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.labelled import LabelledPictures
from plant_train.data.layouts import read_judged_pictures
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import agreement, figures
from plant_train.progress import track
from plant_train.run import Result, Run, RunRecord


class Verified(BaseModel):
    """What `verify --json` prints. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    sha256: str
    bytes: int
    ms: float
    decisions: dict[str, int]
    int8: Figures
    float32: Figures | None = None
    agreement: float | None = None
    gate: Gate | None = None


@dataclass(frozen=True)
class Verification:
    """A model judged on a data set.

    Args:
        verified: the figures; `ms` is the median time of a picture.
        lines: for each picture what `plant-device classify` would say of it.
        paths: of the pictures.
        disagreements: with the float32 run; empty where none was judged.
    """

    verified: Verified
    lines: list[ClassifiedLine]
    paths: tuple[Path, ...]
    disagreements: list[Disagreement]


def verify(
    subject: Subject, data: Path, run_folder: Path | None, names: ClassNames | None = None
) -> Verification:
    """Judge a model, and beside it the run it came from if one is named.

    Args:
        names: what the data set calls the model's classes, where it has other names.

    Raises:
        UserError: the data or the run are not usable, or the run has other classes.
    """
    classes = subject.classes
    pictures = read_judged_pictures(data, classes, names)
    run = _float32_run(run_folder, classes) if run_folder else None
    if run and subject.held_out not in (None, run[1].data.validation_fingerprint):
        say(f"note: {subject.name} was made of another run than {run_folder}, or of other pictures")
    logits: list[np.ndarray] = []
    lines: list[ClassifiedLine] = []
    for path in track(pictures.paths, len(pictures), f"verifying on {pictures.where}"):
        picture = read_picture(path)
        look = subject.classifier.look(picture)
        logits.append(look.logits)
        lines.append(classified_line(str(path), subject.classifier.outcome(look)))
    labels = np.array(pictures.labels)
    int8 = np.stack(logits)
    float32 = _float32_logits(*run, pictures) if run else None
    verified = Verified(
        model=subject.name,
        sha256=subject.sha256,
        bytes=subject.bytes,
        ms=round(statistics.median(line.ms for line in lines), 3),
        decisions=dict(Counter(line.decision for line in lines).most_common()),
        int8=figures(int8, labels, classes, subject.temperature),
        float32=figures(float32[0], labels, classes, float32[1]) if float32 else None,
        agreement=agreement(float32[0], int8) if float32 else None,
    )
    differing = (
        disagreements(float32[0], int8, labels, classes, (float32[1], subject.temperature))
        if float32
        else []
    )
    return Verification(verified, lines, pictures.paths, differing)


def comparison_of(verified: Verified) -> Comparison | None:
    """Both models' figures, where a run was judged too."""
    if verified.float32 is None or verified.agreement is None:
        return None
    return Comparison(verified.float32, verified.int8, verified.agreement)


def _float32_run(folder: Path, classes: tuple[str, ...]) -> tuple[Run, RunRecord, Result]:
    run = Run(folder)
    record, result = run.finished()
    differing = sorted({*classes} ^ {*record.classes})
    if differing:
        raise UserError(
            f"expected a run with the model's {len(classes)} classes, {folder} has "
            f"{len(record.classes)}, and only one of the two has {', '.join(differing[:5])}"
            f"{' …' if len(differing) > 5 else ''}: name the run that the file was made of"
        )
    return run, record, result


def _float32_logits(
    run: Run, record: RunRecord, result: Result, pictures: LabelledPictures
) -> tuple[np.ndarray, float]:
    """The run's logits float32 [n, N] in the order of the pictures' classes, its temperature."""
    cached = cache_pictures(pictures, find_architecture(record.architecture).geometry)
    logits = predict_logits(run.load_model(), cached, "the float32 run")
    columns = [record.classes.index(label) for label in pictures.classes]
    return logits[:, columns], result.temperature
