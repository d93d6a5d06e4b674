from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from plant_convert.inspect import inspect
from plant_convert.inspect.graph_page import write_graph_page
from plant_convert.metadata import LOGITS, classifier_metadata, with_metadata

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def page(foreign_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The drawing of a net with a branch and a float island."""
    path = tmp_path_factory.mktemp("page") / "graph.html"
    write_graph_page(inspect(foreign_file), path)
    return path.read_text()


def _drawing(page: str) -> ElementTree.Element:
    """The SVG of a page, which is XML inside of HTML."""
    (svg,) = re.findall(r"<svg .*</svg>", page, re.DOTALL)
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def _boxes(page: str) -> list[ElementTree.Element]:
    return _drawing(page).findall(f"{SVG}g")


def _headings(page: str) -> list[str]:
    return [box.findtext(f"{SVG}text", "") for box in _boxes(page)]


def test_it_needs_nothing_from_outside(page: str) -> None:
    assert not re.findall(r"(src|href)=|@import|https?:|<script", page)
    assert '<meta name="viewport" content="width=device-width' in page


def test_a_box_an_op_stands_in_the_order_of_execution(page: str, foreign_file: Path) -> None:
    ops = [f"{number} {op}" for number, op in enumerate(inspect(foreign_file).ops)]
    assert _headings(page) == ["input", *ops, "output"]
    texts = [[each.text for each in box.findall(f"{SVG}text")] for box in _boxes(page)]
    assert "FLOAT32 1x16x16x3" in texts[0]
    assert "INT8 1x16x16x8" in texts[2]
    assert "FLOAT32 1x5" in texts[-1]


def test_float_ops_have_a_colour_of_their_own_and_the_island_a_frame(page: str) -> None:
    marked = [box.get("class") == "float" for box in _boxes(page)]
    assert [number - 1 for number, each in enumerate(marked) if each] == [0, 3, 4, 5, 9]
    frames = [
        each for each in _drawing(page).findall(f"{SVG}rect") if each.get("class") == "island"
    ]
    assert len(frames) == 1


def test_lines_lead_to_the_next_box_or_around_those_between(page: str) -> None:
    paths = [each.get("d", "") for each in _drawing(page).findall(f"{SVG}path")]
    straight = [path for path in paths if re.fullmatch(r"M208 \d+V\d+", path)]
    around = [path for path in paths if re.fullmatch(r"M36 \d+H\d+V\d+H\d+", path)]
    # The branch is added to what it came from: the one line that is not straight down.
    assert (len(straight), len(around)) == (len(_headings(page)) - 1, 1)


def test_names_from_outside_are_text(foreign_file: Path, tmp_path: Path) -> None:
    said = classifier_metadata(
        name="<script>alert(1)</script>",
        version="1",
        architecture="x",
        classes=5,
        licence="",
        scores=LOGITS,
    )
    file = tmp_path / "model.tflite"
    file.write_bytes(with_metadata(foreign_file.read_bytes(), replace(said, author="A. Maker")))
    write_graph_page(inspect(file), tmp_path / "graph.html")
    assert "<script" not in (tmp_path / "graph.html").read_text()
