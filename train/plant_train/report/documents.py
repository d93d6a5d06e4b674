"""What a run says of itself to people: its report and its model card."""

import csv
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from plant_device.contract.atomic import write_atomically
from plant_device.contract.command_line import require_writable
from plant_device.contract.errors import UserError
from plant_train.checkpoint import EpochRow
from plant_train.data.class_names import ClassNames
from plant_train.evaluate import Judged, judge_pictures, judge_place, read_unknown
from plant_train.judge.evaluation import Evaluation
from plant_train.report.model_card import model_card
from plant_train.report.page import report_page
from plant_train.run import Run, RunRecord
from plant_train.run_pictures import held_out_not_leaf, validation_pictures


def write_documents(run: Run, record: RunRecord, history: list[EpochRow], judged: Judged) -> Path:
    """Write an evaluation of a finished run, its report, and the model card anew.

    They are `evaluation.json` and `report.html` for the held-out pictures, `evaluation-NAME.json`
    and `report-NAME.html` for another data set; `MODEL_CARD.md` tells all evaluations.

    Returns:
        the report.
    """
    held_out = judged.pictures.fingerprint == record.data.validation_fingerprint
    ending = "" if held_out else f"-{judged.evaluation.data}"
    page = report_page(run, record, history, judged, held_out)
    write_atomically(
        run.folder / f"evaluation{ending}.json", judged.evaluation.model_dump_json(indent=1)
    )
    path = run.folder / f"report{ending}.html"
    write_atomically(path, page)
    write_atomically(
        run.model_card_path,
        model_card(
            run.folder.resolve().name,
            record,
            _read_evaluation(run.folder / "evaluation.json"),
            [_read_evaluation(other) for other in sorted(run.folder.glob("evaluation-*.json"))],
        ),
    )
    return path


def document_again(
    folder: Path,
    data: Path | None = None,
    training_data: Sequence[Path] = (),
    unknown: Sequence[Path] = (),
    crops: int = 1,
    names: ClassNames | None = None,
    not_leaf: Path | None = None,
) -> Path:
    """Judge a finished run, on its held-out pictures or on `data`, and write its documents.

    Args:
        data: another data set; None: the held-out pictures.
        training_data: where the run's own data sets lie now; empty: where they lay.
        not_leaf: where its pictures without a leaf lie now; None: where they lay. With the
            held-out pictures, it is judged on those that it held out of them.

    Returns:
        the report.

    Raises:
        UserError: the run or the pictures are not usable, or the run folder is read-only.
    """
    run = Run(folder)
    record, result = run.finished()
    require_writable(run.folder)
    history = _history(run, result.epochs)
    if data:
        judged = judge_place(run, data, unknown, crops, names)
    else:
        pictures = validation_pictures(run, record, training_data, "--training-data")
        others = {**held_out_not_leaf(record, not_leaf), **read_unknown(unknown)}
        judged = judge_pictures(run, "validation", pictures, others, crops)
    return write_documents(run, record, history, judged)


def _read_evaluation(path: Path) -> Evaluation:
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        raise UserError(
            f"expected an evaluation in {path}: it is missing or of another version; delete it, "
            "and give plant-train report RUN to make it again"
        ) from None


def _history(run: Run, epochs: int) -> list[EpochRow]:
    try:
        with run.history_path.open(newline="") as file:
            rows = [EpochRow.model_validate(row) for row in csv.DictReader(file)]
    except (FileNotFoundError, ValidationError, csv.Error, UnicodeDecodeError):
        rows = []
    if len(rows) != epochs:
        raise UserError(
            f"expected the history of {epochs} epochs in {run.history_path}, as plant-train fit "
            "writes it: it is missing or damaged"
        )
    return rows
