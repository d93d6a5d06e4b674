"""The report's page: one self-contained file, that a phone shows as well."""

from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np

from plant_device.contract.geometry import Picture, centre_crop
from plant_train.checkpoint import EpochRow
from plant_train.data.audit.in_words import in_short as audit_in_short
from plant_train.data.split_record import SplitRecord
from plant_train.evaluate import Judged
from plant_train.judge.evaluation import Evaluation
from plant_train.judge.mistakes import Mistake, most_confident_mistakes
from plant_train.judge.verdict import confusions, in_short, verdict, worst_classes
from plant_train.report import plots
from plant_train.report.environment import page_environment
from plant_train.report.grad_cam import grad_cam, overlay
from plant_train.report.inline import inline_drawing, inline_photo
from plant_train.report.inside import filter_sheet, map_sheets
from plant_train.report.settings import settings_of
from plant_train.run import Run, RunRecord

_TEMPLATE = "report.html.j2"
_MISTAKES = 12
_WORST_CLASSES = 12
_CONFUSIONS = 15
_PHOTO_SIDE = 160
# Of each finding of the audit; the pictures of an example.
_AUDIT_EXAMPLES, _AUDIT_PICTURES = 5, 4
# A table of more would be megabytes; the map and the list of confusions remain.
_MOST_CLASSES_IN_A_TABLE = 60


@dataclass(frozen=True)
class _ShownMistake:
    photo: str
    heat: str
    answer: str
    answer_probability: float
    truth: str
    truth_probability: float
    file: str


@dataclass(frozen=True)
class _ClassSize:
    label: str
    training: int
    validation: int


def report_page(
    run: Run, record: RunRecord, history: list[EpochRow], judged: Judged, held_out: bool
) -> str:
    """The page of a finished run, as it was judged on one data set.

    Everything in it comes from the record, the split, the audit, the model, the history and the
    judged pictures.

    Args:
        held_out: the pictures are those that the run was tuned on, not a test set.
    """
    assert record.result is not None
    evaluation = judged.evaluation
    model, audit = run.load_model(), run.read_audit()
    return (
        page_environment()
        .get_template(_TEMPLATE)
        .render(
            name=run.folder.resolve().name,
            record=record,
            result=record.result,
            settings=settings_of(record),
            evaluation=evaluation,
            held_out=held_out,
            short=in_short(evaluation, held_out),
            findings=verdict(evaluation, held_out),
            classes=worst_classes(evaluation),
            worst=_WORST_CLASSES,
            confusions=confusions(evaluation),
            most_confusions=_CONFUSIONS,
            whole_matrix=len(evaluation.classes) <= _MOST_CLASSES_IN_A_TABLE,
            mistakes=_mistakes(model, judged),
            plots=_plots(history, evaluation),
            filters=inline_drawing(filter_sheet(model)),
            example=inline_photo(_surest_right(judged), _PHOTO_SIDE),
            maps=[
                (layer, inline_drawing(sheet))
                for layer, sheet in map_sheets(model, _surest_right(judged))
            ],
            sizes=_class_sizes(run.read_split()),
            audit=audit,
            audit_in_short=audit_in_short(audit) if audit else "",
            audit_examples=_AUDIT_EXAMPLES,
            audit_pictures=_AUDIT_PICTURES,
        )
    )


def _plots(history: list[EpochRow], evaluation: Evaluation) -> dict[str, str]:
    return {
        "loss": plots.loss_curves(history),
        "accuracy": plots.accuracy_curves(history),
        "reliability": plots.reliability_diagram(
            evaluation.before_temperature.reliability, evaluation.reliability
        ),
        "coverage": plots.coverage_plot(
            evaluation.coverage, evaluation.answered, evaluation.answered_top1
        ),
        "confusion": plots.confusion_map(evaluation),
    }


def _mistakes(model: keras.Model, judged: Judged) -> list[_ShownMistake]:
    evaluation, pictures = judged.evaluation, judged.pictures
    found = most_confident_mistakes(
        judged.logits, pictures.labels, evaluation.temperature, _MISTAKES
    )
    if not found:
        return []
    crops = [_crop(judged, mistake.picture) for mistake in found]
    heats = grad_cam(model, np.stack(crops), np.array([mistake.answer for mistake in found]))

    def shown(mistake: Mistake, crop: Picture, heat: np.ndarray) -> _ShownMistake:
        return _ShownMistake(
            photo=inline_photo(crop, _PHOTO_SIDE),
            heat=inline_photo(overlay(crop, heat), _PHOTO_SIDE),
            answer=evaluation.classes[mistake.answer],
            answer_probability=mistake.answer_probability,
            truth=evaluation.classes[mistake.truth],
            truth_probability=mistake.truth_probability,
            file=pictures.names[mistake.picture],
        )

    return list(map(shown, found, crops, heats))


def _surest_right(judged: Judged) -> Picture:
    """The picture that the model is rightly surest of; just the surest, if it is never right."""
    right = judged.logits.argmax(axis=1) == judged.pictures.labels
    margin = judged.logits.max(axis=1) - np.median(judged.logits, axis=1)
    return _crop(judged, int(np.argmax(np.where(right, margin, margin - np.ptp(margin) - 1))))


def _crop(judged: Judged, index: int) -> Picture:
    return centre_crop(judged.pictures.leaf(index), judged.pictures.geometry)


def _class_sizes(split: SplitRecord) -> list[_ClassSize]:
    """Pictures of each class, the largest first."""
    training, validation = (
        Counter(picture.label for picture in pictures)
        for pictures in (split.training, split.validation)
    )
    return [
        _ClassSize(label, training[label], validation[label])
        for label, _ in (training + validation).most_common()
    ]
