from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from plant_device.contract.classes import leaf_class
from plant_train.checkpoint import EpochRow
from plant_train.report.report import write_report
from plant_train.run import Run

# Elements that have no end, and those that HTML closes by itself.
_ENDLESS = {"meta", "link", "img", "br", "hr", "input", "base", "source", "use", "path"}
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


def test_the_report_is_one_whole_page_that_fetches_nothing(page: _Page) -> None:
    assert page.tags[0] == "html"
    assert not page.left_open
    assert all(target.startswith(("#", "data:")) for target in page.fetched)
    assert not {"script", "link", "iframe", "img", "base"} & set(page.tags)
    styles = " ".join(page.styles)
    assert "@import" not in styles
    assert not re.search(r"url\((?!['\"]?#)", styles)


def test_the_report_begins_with_the_verdict(lenet_run: Path, page: _Page) -> None:
    validation = Run(lenet_run).finished()[1].validation
    assert f"On {validation.n} held-out pictures" in page.text
    assert f"right for {100 * validation.top1:.1f} % of them" in page.text
    assert f"macro F1 {validation.macro_f1:.3f}" in page.text
    worst = min(validation.per_class.values(), key=lambda one: one.f1)
    assert f"(F1 {worst.f1:.2f}, {worst.support} pictures)" in page.text


def test_the_report_names_every_class_in_words_with_its_figures(
    lenet_run: Path, page: _Page
) -> None:
    record, result = Run(lenet_run).finished()
    for label in record.classes:
        one = result.validation.per_class[label]
        row = f"{leaf_class(label).text} {one.f1:.3f} {one.precision:.3f} {one.recall:.3f}"
        assert row in page.text
    assert page.tags.count("svg") == 2


def test_the_report_tells_the_settings_and_the_data(lenet_run: Path, page: _Page) -> None:
    record, result = Run(lenet_run).finished()
    for key, value in record.recipe:
        assert f"{key} {value}" in page.text
    assert record.data.roots[0] in page.text
    assert record.data.fingerprint[:16] in page.text
    assert f"the best weights are those of epoch {result.best_epoch}." in page.text
    assert "Trained from scratch." in page.text


def test_names_from_outside_are_shown_and_not_obeyed(lenet_run: Path, tmp_path: Path) -> None:
    record, result = Run(lenet_run).finished()
    evil = "Apple___<script>alert(1)</script>"
    per_class = {**result.validation.per_class}
    per_class[evil] = per_class.pop(record.classes[0])
    validation = result.validation.model_copy(update={"per_class": per_class})
    record = record.model_copy(
        update={
            "classes": [evil, *record.classes[1:]],
            "data": record.data.model_copy(update={"roots": ["<img src=http://evil>"]}),
            "result": result.model_copy(update={"validation": validation}),
        }
    )
    row = EpochRow(
        epoch=1,
        learning_rate=0.1,
        loss=1,
        top1=0.5,
        validation_log_loss=1,
        validation_top1=0.5,
        validation_macro_f1=0.5,
        seconds=1,
    )
    run = Run(tmp_path / "run <b>")
    logits, labels = np.eye(8, dtype=np.float32), np.arange(8)
    write_report(run, record, [row], logits, labels)
    page = _Page(run.report_path.read_text())
    assert not {"script", "img", "b"} & set(page.tags)
    assert "Apple: <script>alert(1)</script>" in page.text
    assert "<img src=http://evil>" in page.text
