from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.contract.errors import UserError
from plant_train.evaluate import evaluate
from plant_train.judge.evaluation import Evaluation
from plant_train.report.documents import document_again
from plant_train.run import Run

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def copied(lenet_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lenet_run, tmp_path / lenet_run.name))


def test_a_report_made_again_is_the_one_that_the_training_left(copied: Path) -> None:
    page, card, evaluation = (
        (copied / name).read_text() for name in ("report.html", "MODEL_CARD.md", "evaluation.json")
    )
    for name in ("report.html", "MODEL_CARD.md", "evaluation.json"):
        (copied / name).unlink()
    assert document_again(copied) == copied / "report.html"
    assert (copied / "evaluation.json").read_text() == evaluation
    assert (copied / "MODEL_CARD.md").read_text() == card
    # Plots carry the hour and random ids.
    assert len((copied / "report.html").read_text()) == pytest.approx(len(page), rel=0.01)


def test_the_evaluation_is_that_of_the_record(lenet_run: Path) -> None:
    result = Run(lenet_run).finished()[1]
    evaluation = Evaluation.model_validate_json((lenet_run / "evaluation.json").read_bytes())
    assert evaluation.figures == result.validation
    assert evaluation.thresholds == result.thresholds
    assert evaluation.data == "validation"


def test_another_data_set_gets_its_own_report_and_a_row_in_the_card(
    copied: Path, sample_data: Path, warm_train: Command
) -> None:
    former = (copied / "report.html").read_bytes()
    process = warm_train("report", copied, "--data", sample_data)
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    name = f"{sample_data.name}-test"
    report = copied / f"report-{name}.html"
    assert process.stderr.endswith(f"report: {report}\n")
    assert f"another data set: <strong>{name}</strong>" in report.read_text()
    assert (copied / "report.html").read_bytes() == former
    judged = Evaluation.model_validate_json((copied / f"evaluation-{name}.json").read_bytes())
    assert judged == evaluate(copied, sample_data)
    card = (copied / "MODEL_CARD.md").read_text()
    assert "\n| validation | 24 |" in card
    assert f"\n| {name} | 32 |" in card


def test_what_is_missing_or_damaged_is_told_in_one_line(copied: Path, sample_data: Path) -> None:
    (copied / "evaluation.json").write_text("{}")
    with pytest.raises(UserError, match=r"^expected an evaluation in .*evaluation\.json: it is"):
        document_again(copied, sample_data)
    whole = (copied / "history.csv").read_text().splitlines(keepends=True)
    # Other columns, and cut off in its head, or between two rows.
    for content in ("epoch,loss\n1,2\n", whole[0][:20], "".join(whole[:-1])):
        (copied / "history.csv").write_text(content)
        with pytest.raises(UserError, match=r"^expected the history of 24 epochs in .*damaged$"):
            document_again(copied)


def test_held_out_pictures_that_are_gone_are_named_and_found_elsewhere(
    copied: Path, sample_data: Path
) -> None:
    run = Run(copied)
    record, _ = run.finished()
    gone = record.data.model_copy(update={"roots": [str(copied / "gone")]})
    run.write_record(record.model_copy(update={"data": gone}))
    with pytest.raises(UserError, match=r"gone, which is gone: .* with --training-data$"):
        document_again(copied)
    assert document_again(copied, training_data=[sample_data]) == copied / "report.html"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_run_folder_that_is_read_only_is_told_before_pictures_are_read(
    copied: Path, tmp_path: Path
) -> None:
    copied.chmod(0o500)
    with pytest.raises(UserError, match=r"written to, received .*Permission denied\)$"):
        document_again(copied, tmp_path / "gone")
    copied.chmod(0o700)
