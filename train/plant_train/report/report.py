"""`report.html` of a run: one self-contained file."""

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from plant_device.contract.atomic import write_atomically
from plant_device.contract.classes import leaf_class
from plant_train.checkpoint import EpochRow
from plant_train.judge.metrics import confusion
from plant_train.report.plots import confusion_plot, curves
from plant_train.run import Run, RunRecord

_TEMPLATE = "report.html.j2"


def write_report(
    run: Run, record: RunRecord, history: list[EpochRow], logits: np.ndarray, labels: np.ndarray
) -> None:
    """Write the report of a finished run from its record and its validation logits [n, N]."""
    environment = Environment(
        loader=PackageLoader("plant_train", "report"), autoescape=True, undefined=StrictUndefined
    )
    assert record.result is not None
    texts = [leaf_class(label).text for label in record.classes]
    worst_first = sorted(record.result.validation.per_class.items(), key=lambda entry: entry[1].f1)
    page = environment.get_template(_TEMPLATE).render(
        record=record,
        result=record.result,
        name=run.folder.resolve().name,
        curves=curves(history),
        confusion=confusion_plot(confusion(logits, labels, len(texts)), texts),
        classes=[(leaf_class(label).text, figures) for label, figures in worst_first],
    )
    write_atomically(run.report_path, page)
