"""A finished run judged on any data set whose classes it knows."""

from pathlib import Path

from plant_device.contract.figures import Figures
from plant_train.archs import find_architecture
from plant_train.data.cache import cache_pictures
from plant_train.data.layouts import read_class_folders, test_folder, with_classes_of
from plant_train.judge.inference import predict_logits
from plant_train.judge.metrics import figures
from plant_train.run import Run


def evaluate(folder: Path, data: Path) -> Figures:
    """Figures of the run's float32 model, with its temperature.

    Raises:
        UserError: the run or the data are not usable.
    """
    run = Run(folder)
    record, result = run.finished()
    pictures = with_classes_of(read_class_folders(test_folder(data)), tuple(record.classes))
    cached = cache_pictures(pictures, find_architecture(record.architecture).geometry)
    logits = predict_logits(run.load_model(), cached, f"evaluating {pictures.root}")
    return figures(logits, cached.labels, cached.classes, result.temperature)
