from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from plant_convert.disagreements import Answer, Disagreement
from plant_convert.report.disagreements_page import disagreements_page
from plant_convert.verify import Verification, Verified
from plant_train.judge.metrics import figures


def _verification(folder: Path, found: list[Disagreement]) -> Verification:
    picture = folder / "Tomato___rust" / "<one> & only.png"
    picture.parent.mkdir()
    Image.fromarray(np.full((300, 400, 3), 90, np.uint8)).save(picture)
    judged = figures(np.eye(2), np.array([0, 1]), ("a", "b"))
    verified = Verified(
        model="m", sha256="0" * 64, bytes=1, ms=1, decisions={}, int8=judged, float32=judged
    )
    return Verification(verified, [], (picture,), found)


def _disagreement(int8: str, float32: str) -> Disagreement:
    return Disagreement(0, "Tomato___rust", Answer(int8, 0.876), Answer(float32, 0.5))


def test_each_shows_the_picture_the_truth_and_both_answers(tmp_path: Path) -> None:
    found = [
        _disagreement("Tomato___rust", "Grape___black_rot"),
        _disagreement("Grape___black_rot", "Tomato___rust"),
        _disagreement("Grape___black_rot", "Corn___healthy"),
    ]
    page = disagreements_page(_verification(tmp_path, found), "leaves.tflite", "first")
    assert "on 3 of 2 pictures" in page
    assert "the file is right on 1, float32 on 1, neither on 1" in page
    assert page.count('src="data:image/jpeg;base64,') == 3
    assert '<b class="right">Tomato: rust</b> <span>87.6 %</span>' in page
    assert '<b class="wrong">Grape: black rot</b> <span>50.0 %</span>' in page
    assert "Tomato___rust/&lt;one&gt; &amp; only.png" in page
    # Self-contained, and made for a phone.
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert 'name="viewport"' in page


def test_of_many_the_first_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    found = [_disagreement("Tomato___rust", "Corn___healthy")] * 61
    page = disagreements_page(_verification(tmp_path, found), "leaves.tflite", "first")
    assert page.count("<figure") == 60
    assert "different classes on 61 of" in page
    assert "The 60 that the file was surest of" in page


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    page = disagreements_page(_verification(tmp_path, []), "leaves.tflite", "first")
    assert "They name the same class on every picture." in page
    assert "<figure" not in page
