"""A finished run judged on any data set whose classes it knows."""

from pathlib import Path

from plant_device.contract.figures import Figures
from plant_train.archs import find_architecture
from plant_train.data.cache import cache_pictures
from plant_train.data.class_names import ClassNames
from plant_train.data.layouts import read_judged_pictures
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import figures
from plant_train.run import Run


def evaluate(folder: Path, data: Path, names: ClassNames | None = None) -> Figures:
    """Figures of the run's float32 model, with its temperature.

    Args:
        names: what the data set calls the run's classes, where it has other names.

    Raises:
        UserError: the run or the data are not usable.
    """
    run = Run(folder)
    record, result = run.finished()
    pictures = read_judged_pictures(data, tuple(record.classes), names)
    cached = cache_pictures(pictures, find_architecture(record.architecture).geometry)
    logits = predict_logits(run.load_model(), cached, f"evaluating {pictures.where}")
    return figures(logits, cached.labels, cached.classes, result.temperature)
