"""A model file judged by the device's own classifier on any data set."""

import statistics
import time
from collections import Counter
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from plant_convert.gate import Comparison
from plant_device.classify.classifier import ClassifiedLine, Classifier, classified_line
from plant_device.contract.figures import Figures
from plant_device.contract.model_file import read_model_file
from plant_device.contract.picture_file import read_picture
from plant_train.archs import find_architecture
from plant_train.data.cache import cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.labelled import LabelledPictures, with_classes_of
from plant_train.data.layouts import read_judged_pictures
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import agreement, figures
from plant_train.progress import track
from plant_train.run import Run


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


def verify(
    file: Path, data: Path, run_folder: Path | None, names: ClassNames | None = None
) -> tuple[Verified, list[ClassifiedLine]]:
    """Judge a model file, and beside it the run it came from if one is named.

    Args:
        names: what the data set calls the model's classes, where it has other names.

    Returns:
        the figures, and for each picture what `plant-device classify` says of it; `ms` is the
        median time of a picture.

    Raises:
        UserError: the file, the data or the run are not usable.
    """
    model = read_model_file(file)
    classes = tuple(model.manifest.labels)
    pictures = read_judged_pictures(data, classes, names)
    classifier = Classifier(model)
    logits: list[np.ndarray] = []
    lines: list[ClassifiedLine] = []
    for path in track(pictures.paths, len(pictures), f"verifying on {pictures.where}"):
        picture = read_picture(path)
        start = time.perf_counter()
        logits.append(classifier.logits(picture))
        ms = (time.perf_counter() - start) * 1e3
        lines.append(classified_line(str(path), classifier.outcome(logits[-1], ms)))
    labels = np.array(pictures.labels)
    int8 = np.stack(logits)
    float32 = _float32_logits(run_folder, pictures) if run_folder else None
    verified = Verified(
        model=model.manifest.name,
        sha256=model.sha256,
        bytes=file.stat().st_size,
        ms=round(statistics.median(line.ms for line in lines), 3),
        decisions=dict(Counter(line.decision for line in lines).most_common()),
        int8=figures(int8, labels, classes, model.manifest.temperature),
        float32=figures(float32[0], labels, classes, float32[1]) if float32 else None,
        agreement=agreement(float32[0], int8) if float32 else None,
    )
    return verified, lines


def comparison_of(verified: Verified) -> Comparison | None:
    """Both models' figures, where a run was judged too."""
    if verified.float32 is None or verified.agreement is None:
        return None
    return Comparison(verified.float32, verified.int8, verified.agreement)


def _float32_logits(folder: Path, pictures: LabelledPictures) -> tuple[np.ndarray, float]:
    run = Run(folder)
    record, result = run.finished()
    ours = with_classes_of(pictures, tuple(record.classes))
    cached = cache_pictures(ours, find_architecture(record.architecture).geometry)
    return predict_logits(run.load_model(), cached, "the float32 run"), result.temperature
