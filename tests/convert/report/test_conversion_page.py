from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plant_convert.build import build
from plant_convert.compression import Compression
from plant_convert.converted import Converted, Trial
from plant_convert.gate import Limits, compare, refusals
from plant_convert.order import Order
from plant_convert.quantisation_noise import TensorNoise
from plant_convert.report.conversion_page import conversion_page, share
from plant_convert.report.conversion_words import findings, in_short, moved_recalls
from plant_train.run import Run

LIMITS = Limits(0.6, 0.2, 1.0)


@pytest.fixture(scope="module")
def converted(lenet_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """A small model of rank 16; rank 1 was refused before it."""
    out = tmp_path_factory.mktemp("converted") / "small.tflite"
    return build(
        Order(
            lenet_run,
            out,
            [],
            "3",
            32,
            False,
            LIMITS,
            compressions=(Compression(1), Compression(16)),
        )
    )


@pytest.fixture(scope="module")
def page(converted: Converted) -> str:
    return conversion_page(converted)


def _answers(converted: Converted) -> dict[str, str]:
    return {one.question: one.answer for one in findings(converted)}


def _judged_as(converted: Converted, float32: list[int], int8: list[int]) -> Converted:
    """The same with a file that answers so on four pictures, each of another class."""
    classes = ("a", "b", "c", "d")
    logits = np.eye(len(classes), dtype=np.float32)
    comparison = compare(logits[float32], logits[int8], np.arange(4), classes, (1.0, 1.0))
    judged = replace(converted.passed.judged, held_out=comparison, gate=comparison)
    trial = replace(converted.passed, judged=judged)
    return replace(converted, trials=[*converted.trials[:-1], trial])


def test_the_page_needs_nothing_from_outside_and_is_made_for_a_phone(page: str) -> None:
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert not re.search(r"url\((?!#)", page)
    assert "<script" not in page
    assert "@import" not in page
    assert 'name="viewport"' in page


def test_the_verdict_comes_first(page: str, converted: Converted) -> None:
    verdict = page.index(in_short(converted).replace("'", "&#39;"))
    assert all(page.index(heading) > verdict for heading in re.findall(r"<h2>.*</h2>", page))


def test_all_that_was_tried_is_in_the_table_and_in_the_plot(
    page: str, converted: Converted
) -> None:
    rows = re.findall(r'<tr class="(refused|written)">(.*?)</tr>', page, re.DOTALL)
    assert [kind for kind, _ in rows] == ["refused", "written"]
    for (_, row), trial in zip(rows, converted.trials, strict=True):
        assert f"<td>{trial.compression} " in row
        assert f"<td>{trial.bytes / 1e3:.1f} kB</td>" in row
        assert f"{trial.judged.held_out.int8.macro_f1:.4f}" in row
        assert f"<td>{trial.judged.ms:.3g}</td>" in row
        # Beside its point, once over accuracy and once over time.
        assert len(re.findall(rf"<text[^>]*>{trial.compression}</text>", page)) >= 2
    assert f"Compressed by 1 it was refused: {converted.trials[0].refusals[0]}" in page


def test_the_figures_are_those_of_the_file(
    page: str, converted: Converted, lenet_run: Path
) -> None:
    held_out, gate = converted.manifest.held_out, converted.manifest.gate
    assert gate is not None
    for figures in (held_out.float32, held_out.int8):
        assert f"{100 * figures.top1:.2f} %" in page
        assert f"{figures.macro_f1:.4f}" in page
        assert f"{figures.ece:.4f}" in page
    assert f"{gate.agreement:.2%} <small>at least 60.00%</small>" in page
    assert hashlib.sha256(converted.file.read_bytes()).hexdigest() in page
    assert f"TensorFlow Lite {converted.manifest.runtime_min} and newer" in page
    assert f"{converted.peak_bytes / 1e9:.1f} GB of memory at its peak" in page
    # Four bytes for each weight of the whole model.
    assert converted.float32_bytes == 4 * Run(lenet_run).load_model().count_params()


def test_what_the_factors_changed_is_told_apart_from_what_int8_did(
    page: str, converted: Converted
) -> None:
    factored, held_out = converted.factored, converted.passed.judged.held_out
    assert factored is not None
    assert factored.bytes < converted.float32_bytes
    assert factored.float32.n == held_out.float32.n
    # As many pictures as the two steps move can differ at the end, and no more.
    assert 1 - held_out.agreement <= 2 - factored.agreement - factored.int8_agreement + 1e-9
    assert "<th>float32</th><th>compressed, float32</th><th>int8</th>" in page
    (row,) = re.findall(r"<tr><td>macro F1</td>(.*?)</tr>", page)
    three = (held_out.float32, factored.float32, held_out.int8)
    assert row == "".join(f"<td>{one.macro_f1:.4f}</td>" for one in three)
    cost, lost = (_answers(converted)[key] for key in ("What did it cost?", "Where was most lost?"))
    assert f"name the whole network&#39;s class on {factored.agreement:.2%}" in page
    assert f"int8 names their class on {factored.int8_agreement:.2%}" in cost
    assert lost.endswith("above what quantisation changed, beside float32 with the same factors.")
    assert "Float32 has the same factors here" in page


def test_each_disagreement_is_shown_as_a_picture(page: str, converted: Converted) -> None:
    comparison = converted.passed.judged.held_out
    assert len(converted.disagreements) == round((1 - comparison.agreement) * comparison.int8.n) > 0
    assert page.count('<figure class="disagreement">') == len(converted.disagreements)
    assert page.count('src="data:image/jpeg;base64,') == len(converted.disagreements)


def test_every_tensor_is_told_the_worst_first(page: str, converted: Converted) -> None:
    section = page[page.index('<table class="noise">') :]
    told = [float(found) for found in re.findall(r"<td>(-?[0-9.]+)</td></tr>", section)]
    assert told[: len(converted.noise)] == [round(one.decibels, 1) for one in converted.noise]
    assert told[: len(converted.noise)] == sorted(told[: len(converted.noise)])


def test_a_bar_is_long_where_little_was_changed() -> None:
    noise = [TensorNoise(n, "CONV_2D", str(n), db) for n, db in enumerate([-3, 20, 40, math.inf])]
    assert [share(one, noise) for one in noise] == [0, 0.5, 1, 1]
    assert share(noise[3], noise[3:]) == 1


def test_a_file_that_needed_looser_limits_is_not_said_to_take_float32s_place(
    converted: Converted,
) -> None:
    broken = refusals(converted.passed.judged.gate, Limits())
    assert broken
    short = in_short(converted)
    assert "small.tflite passed limits that were set for it, but breaks the usual ones: " in short
    assert f"It takes {converted.passed.bytes / 1e3:.1f} kB instead of " in short
    assert _answers(converted)["Which limits does it break?"] == f"{'; '.join(broken)}."
    same = _judged_as(converted, [0, 1, 2, 3], [0, 1, 2, 3])
    assert "small.tflite may take the float32 model's place: it names the same" in in_short(same)
    assert "Which limits does it break?" not in _answers(same)


def test_classes_are_named_by_what_they_lost(converted: Converted) -> None:
    moved = _judged_as(converted, [0, 1, 3, 0], [0, 2, 2, 0])
    assert moved_recalls(moved.passed.judged.gate) == ["b", "c"]
    answer = _answers(moved)["Which classes moved?"]
    assert answer == "The recall of 2 of 4: b (-1.000), c (+1.000)."
    same = _judged_as(converted, [0, 1, 2, 3], [0, 1, 2, 3])
    assert _answers(same)["Which classes moved?"].startswith("None: ")
    assert "<p>None.</p>" in conversion_page(same)


def test_what_there_is_not_is_said(converted: Converted) -> None:
    same = replace(converted, disagreements=[], noise=[])
    assert _answers(same)["What did it cost?"].endswith("name the same class on every one.")
    assert "no tensor in common" in _answers(same)["Where was most lost?"]
    alone = replace(same, trials=[_whole(converted.passed)], factored=None)
    page = conversion_page(alone)
    assert "<th>float32</th><th>int8</th>" in page
    assert "same factors" not in page
    assert "Nowhere: the two name the same class" in page
    assert "<code>--compress auto</code> adds smaller networks" in page


def _whole(trial: Trial) -> Trial:
    return replace(trial, compression=None)


def test_a_network_that_knows_nothing_is_told_before_all_else(converted: Converted) -> None:
    blind = _judged_as(converted, [0, 0, 0, 0], [0, 0, 0, 0])
    first, *_ = findings(blind)
    assert first.question == "Does the network know anything?"
    assert "right on 25.00%, and always naming their most frequent class would be on 25.00%" in (
        first.answer
    )
    assert "no better than always naming one class" in in_short(blind)
    seeing = _judged_as(converted, [0, 1, 0, 0], [0, 1, 0, 0])
    assert "Does the network know anything?" not in _answers(seeing)
    assert "always naming" not in in_short(seeing)
