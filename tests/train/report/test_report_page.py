from __future__ import annotations

import csv
import re
import shutil
import warnings
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.classes import leaf_class
from plant_train.checkpoint import EpochRow
from plant_train.data.audit import Audit
from plant_train.data.audit.finding import Example, Finding
from plant_train.data.audit.in_words import in_short as audit_in_short
from plant_train.data.split_record import SplitPicture, SplitRecord
from plant_train.evaluate import Judged, judge_of, judge_pictures
from plant_train.judge.evaluation import Evaluation
from plant_train.judge.verdict import FIELD_WARNING, confusions, in_short, percent, verdict
from plant_train.report.page import report_page
from plant_train.report.plots import confusion_map
from plant_train.report.settings import settings_of
from plant_train.run import Run
from plant_train.run_pictures import validation_pictures

MOST_BYTES = 3_000_000

# Elements that have no end, and those that HTML closes by itself.
_ENDLESS = {"meta", "link", "img", "br", "hr", "input", "base", "source"}
_CLOSED_BY_ITSELF = {"html", "p", "tr", "td", "th", "li"}
_FETCHING = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background"}


class _Page(HTMLParser):
    """What a browser would fetch, read and have to close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.styles: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.left_open = [tag for tag in self._open if tag not in _CLOSED_BY_ITSELF]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in _ENDLESS:
            self._open.append(tag)
        for name, value in attrs:
            if name in _FETCHING:
                self.fetched.append(value or "")
            if name == "style":
                self.styles.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _ENDLESS:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _ENDLESS:
            return
        while self._open and self._open[-1] != tag and self._open[-1] in _CLOSED_BY_ITSELF:
            self._open.pop()
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self._open.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.styles.append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page(lenet_run: Path) -> _Page:
    return _Page((lenet_run / "report.html").read_text())


@pytest.fixture(scope="module")
def evaluation(lenet_run: Path) -> Evaluation:
    return Evaluation.model_validate_json((lenet_run / "evaluation.json").read_bytes())


def _history(run: Path) -> list[EpochRow]:
    with (run / "history.csv").open() as rows:
        return [EpochRow.model_validate(row) for row in csv.DictReader(rows)]


def test_the_report_is_one_whole_page_that_fetches_nothing(page: _Page, lenet_run: Path) -> None:
    assert page.tags[0] == "html"
    assert not page.left_open
    assert all(target.startswith(("#", "data:image/")) for target in page.fetched)
    assert not {"script", "link", "iframe", "base"} & set(page.tags)
    styles = " ".join(page.styles)
    assert "@import" not in styles
    assert not re.search(r"url\((?!['\"]?#)", styles)
    assert (lenet_run / "report.html").stat().st_size < MOST_BYTES


def test_the_report_begins_with_the_verdict_in_words(page: _Page, evaluation: Evaluation) -> None:
    before_the_figures = page.text[: page.text.index("Figures")]
    assert "not a test set" in before_the_figures
    assert in_short(evaluation, held_out=True) in before_the_figures
    for finding in verdict(evaluation, held_out=True):
        assert f"{finding.question} {finding.answer}" in before_the_figures
    assert FIELD_WARNING in before_the_figures


def test_the_report_names_every_class_in_words_with_its_figures(
    page: _Page, evaluation: Evaluation
) -> None:
    for label, one in evaluation.per_class.items():
        counted = f"{one.support} pictures, {evaluation.predictions[label]} answers"
        row = (
            f"{leaf_class(label).text} {counted} {one.f1:.3f} {one.precision:.3f} {one.recall:.3f}"
        )
        assert row in page.text
    for pair in confusions(evaluation)[:15]:
        names = f"{leaf_class(pair.truth).text} → {leaf_class(pair.answer).text}"
        assert f"{names} {pair.pictures} of " in page.text


def test_the_report_shows_curves_mistakes_filters_and_maps(
    lenet_run: Path, page: _Page, evaluation: Evaluation
) -> None:
    assert page.tags.count("svg") == 5
    wrong = evaluation.n - sum(row[place] for place, row in enumerate(evaluation.confusion))
    # Each mistake with its Grad-CAM; filters, a leaf, and the maps of two layers.
    assert page.tags.count("img") == 2 * min(12, wrong) + 4
    assert page.text.count("in truth") == min(12, wrong) > 0
    # File names alone come again in every class.
    held_out = {picture.path for picture in Run(lenet_run).read_split().validation}
    named = re.findall(r"\S+/\S+\.jpg", page.text)
    assert len(named) == min(12, wrong)
    assert held_out.issuperset(named)


def test_the_report_tells_the_settings_and_the_data(lenet_run: Path, page: _Page) -> None:
    record, result = Run(lenet_run).finished()
    for key, value in settings_of(record):
        assert f"{key} {value}" in page.text
    assert record.data.roots[0] in page.text
    assert record.data.fingerprint[:16] in page.text
    assert f"the best weights are those of epoch {result.best_epoch}." in page.text
    assert "Trained from scratch." in page.text
    for label in record.classes:
        assert f"{leaf_class(label).text} 27 3" in page.text


def test_the_report_tells_what_the_audit_found(lenet_run: Path, page: _Page) -> None:
    audit = Run(lenet_run).read_audit()
    assert audit is not None
    told = page.text[page.text.index("Data audit") :]
    assert audit_in_short(audit) in told
    for finding in audit.findings:
        assert f"{finding.title} {finding.severity} {finding.summary} {finding.advice}" in told


def test_a_run_that_kept_no_audit_has_a_report_too(lenet_run: Path, tmp_path: Path) -> None:
    run = Run(shutil.copytree(lenet_run, tmp_path / "run"))
    run.audit_path.unlink()
    record, _ = run.finished()
    judged = judge_pictures(run, "", validation_pictures(run, record, []))
    page = _Page(report_page(run, record, _history(lenet_run), judged, held_out=True))
    assert "Data audit This run has kept none: plant-train audit DATA" in page.text


def test_another_data_set_is_clearly_labelled(lenet_run: Path) -> None:
    run = Run(lenet_run)
    record, _ = run.finished()
    judged = judge_pictures(run, "orchard", validation_pictures(run, record, []))
    page = _Page(report_page(run, record, _history(lenet_run), judged, held_out=False))
    assert "Judged on another data set: orchard , 24 pictures." in page.text
    assert f"right {percent(judged.evaluation.top1)} of the time" in page.text
    assert "not a test set" not in page.text


def test_a_faultless_model_has_no_mistakes_to_show(lenet_run: Path) -> None:
    run = Run(lenet_run)
    record, result = run.finished()
    pictures = validation_pictures(run, record, [])
    logits = 9 * np.eye(8, dtype=np.float32)[pictures.labels]
    faultless = judge_of(record, result).evaluation("easy", logits, pictures.labels)
    judged = Judged(pictures, logits, faultless)
    page = _Page(report_page(run, record, _history(lenet_run), judged, held_out=False))
    assert "None: every first answer was right." in page.text
    assert "in truth" not in page.text
    assert page.tags.count("img") == 4


def test_names_from_outside_are_shown_and_not_obeyed(lenet_run: Path, tmp_path: Path) -> None:
    shutil.copytree(lenet_run, tmp_path / "run <b>")
    run = Run(tmp_path / "run <b>")
    record, result = run.finished()
    pictures = validation_pictures(run, record, [])
    evil = "Apple___<script>alert(1)</script> $x^2$"
    split = run.read_split()
    run.write_split(
        SplitRecord(
            training=[
                SplitPicture(root=0, path="<i>/a.png", label="<i>", group=""),
                *split.training,
            ],
            validation=split.validation,
        )
    )
    found = Finding(
        check="evil",
        title=evil,
        severity="note",
        count=7,
        summary="<i>",
        examples=[Example(text="<i>", pictures=["/a/<i>b/<i>.jpg"] * 9)] * 7,
    )
    run.write_audit(
        Audit(data=["<i>"], pictures=1, classes=1, parts={}, leaks=False, findings=[found])
    )
    record = record.model_copy(
        update={
            "classes": [evil, *record.classes[1:]],
            "data": record.data.model_copy(update={"roots": ["<img src=http://evil>"]}),
        }
    )
    logits = judge_pictures(run, "", pictures).logits
    logits[:, 0] += 100  # all answers are the evil one
    named = judge_of(record, result).evaluation("<b>data", logits, pictures.labels)
    judged = Judged(pictures, logits, named)
    page = _Page(report_page(run, record, _history(lenet_run), judged, held_out=False))
    assert not {"script", "i"} & set(page.tags)
    assert all(target.startswith(("#", "data:image/")) for target in page.fetched)
    assert "Apple: <script>alert(1)</script> $x^2$" in page.text
    assert "<img src=http://evil>" in page.text
    assert (
        page.text.count("<i>: <i>b/<i>.jpg , <i>b/<i>.jpg , <i>b/<i>.jpg , <i>b/<i>.jpg and 5") == 5
    )
    assert "… and 2 more;" in page.text
    assert "Judged on another data set: <b>data" in page.text


def test_class_names_of_any_length_leave_room_for_the_map(evaluation: Evaluation) -> None:
    long = [f"Crop___{'spot' * 50}{number}" for number in range(len(evaluation.classes))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = confusion_map(evaluation.model_copy(update={"classes": long}))
    # Each class has its line still, though their beginnings are the same.
    assert drawn.count("…</text>") == 2 * len(long)


def test_a_page_of_many_classes_has_no_table_of_all_pairs(lenet_run: Path) -> None:
    run = Run(lenet_run)
    record, result = run.finished()
    many = [*record.classes, *(f"Moss___kind {number}" for number in range(60))]
    record = record.model_copy(update={"classes": many})
    pictures = validation_pictures(run, record, [])
    logits = judge_pictures(run, "", pictures).logits
    wide = np.pad(logits, [(0, 0), (0, 60)], constant_values=-99)
    judged = Judged(
        pictures, wide, judge_of(record, result).evaluation("all", wide, pictures.labels)
    )
    page = report_page(run, record, _history(lenet_run), judged, held_out=False)
    assert "Every count of the confusion matrix" not in page
    assert len(page) < MOST_BYTES
