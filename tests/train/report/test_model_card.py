from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant_train.judge.evaluation import Evaluation, Judge
from plant_train.judge.verdict import FIELD_WARNING
from plant_train.recipe import Recipe
from plant_train.report.model_card import model_card
from plant_train.report.settings import settings_of
from plant_train.run import Result, Run, RunRecord

TEMPLATE = Path(__file__).parents[3] / "train/plant_train/report/templates/model_card.md.j2"
# What the words about figures hold: intervals and true accepts at 95 %, trust from 75 % on,
# few pictures are fewer than 10, F1.
NUMBERS_OF_THE_WORDS = {"95", "75", "10", "1"}
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def record(lenet_run: Path) -> RunRecord:
    return Run(lenet_run).finished()[0]


@pytest.fixture(scope="module")
def held_out(lenet_run: Path) -> Evaluation:
    return Evaluation.model_validate_json((lenet_run / "evaluation.json").read_bytes())


def _renumbered(value: Any, numbers: Iterator[int]) -> Any:
    """The same settings with other numbers in them."""
    if isinstance(value, dict):
        return {key: _renumbered(inner, numbers) for key, inner in value.items()}
    return next(numbers) if isinstance(value, int | float) else value


def _another(record: RunRecord, base: int) -> RunRecord:
    """The record of a run in which every number is another one, from `base` up."""
    assert record.result is not None
    return RunRecord.model_validate(
        {
            **record.model_dump(),
            "classes": [f"Crop___disease {letter}" for letter in "abcdefghijklm"[base % 3 :]],
            # Made without checks: not every key takes every number.
            "recipe": Recipe.model_construct(
                **_renumbered(record.recipe.model_dump(), itertools.count(base + 20))
            ),
            "data": {**record.data.model_dump(), "training": base + 9, "validation": base + 10},
            "versions": dict.fromkeys(record.versions, f"{base + 11}.{base + 12}"),
            "created": f"{base + 13}-{base + 14}",
            "commit": "f" * 40,
            "result": {
                **record.result.model_dump(),
                "epochs": base + 15,
                "best_epoch": base + 16,
                "seconds": 100.0 * base,
                "temperature": base / 500,
                "thresholds": {"unsure": base / 1000, "not_leaf": base / 200},
            },
        }
    )


def _evaluation_of(record: RunRecord, data: str, seed: int) -> Evaluation:
    result: Result | None = record.result
    assert result is not None
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(record.classes)), 31 + 40 * seed)
    logits = rng.normal(size=(len(labels), len(record.classes))) * 3
    logits[np.arange(len(labels)), labels] += 2
    judge = Judge(tuple(record.classes), result.temperature, result.thresholds)
    chairs = rng.normal(size=(31 + seed, len(record.classes)))
    return judge.evaluation(data, logits, labels, {"chairs": chairs})


def test_every_number_comes_from_the_record(record: RunRecord, held_out: Evaluation) -> None:
    cards = [model_card("leaves", record, held_out, [])]
    for seed, base in enumerate((441, 562, 683)):
        other = _another(record, base)
        evaluations = [_evaluation_of(other, data, seed) for data in ("validation", "orchard")]
        cards.append(model_card("leaves", other, evaluations[0], evaluations[1:]))
    # What stays where all of the record's numbers change was written by a person.
    stays = set.intersection(*(set(_NUMBER.findall(card)) for card in cards))
    literal = re.sub(r"\{[{%].*?[}%]\}", " ", TEMPLATE.read_text(), flags=re.DOTALL)
    assert stays - set(_NUMBER.findall(literal)) - NUMBERS_OF_THE_WORDS == set()


def test_the_records_numbers_stand_in_the_card(record: RunRecord) -> None:
    other = _another(record, 441)
    validation, orchard = (
        _evaluation_of(other, data, seed) for seed, data in enumerate(("validation", "orchard"))
    )
    card = model_card("leaves", other, validation, [orchard])
    for _, value in settings_of(other):
        assert f"| {value} |" in card
    for text in ("450 pictures to train and 451 held out", "452.453", "456 epochs", "epoch 457"):
        assert text in card
    assert "12.25 hours" in card
    assert "temperature of 0.882" in card
    for one in (validation, orchard):
        assert f"| {one.top5:.4f} | {one.macro_f1:.4f} | {one.weighted_f1:.4f} |" in card
    assert f"| chairs | 32 | {orchard.unknown['chairs'].auroc:.4f} |" in card


def test_the_headings_are_hugging_faces_and_the_warnings_are_there(
    record: RunRecord, held_out: Evaluation
) -> None:
    card = model_card("leaves", record, held_out, [])
    headings = [line[3:] for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "Model details",
        "Uses",
        "Bias, risks and limitations",
        "How to get started",
        "Training details",
        "Evaluation",
        "Environmental impact",
        "Technical specifications",
        "Citation",
    ]
    assert FIELD_WARNING.startswith("Laboratory accuracy is not field accuracy")
    assert FIELD_WARNING in card
    assert "Licence of the pictures." in card
    assert "PlantVillage" in card
    assert record.data.roots[0] not in card


def _front_matter(card: str) -> dict[str, Any]:
    """The flat keys, and the JSON in them."""
    head = card.split("---\n")[1]
    return dict(line.split(": ", 1) for line in head.splitlines() if re.match(r"[a-z_]+: ", line))


def test_the_front_matter_is_what_the_hub_reads(record: RunRecord, held_out: Evaluation) -> None:
    card = model_card('le"aves: #1', record, held_out, [])
    assert card.startswith("---\n")
    head = _front_matter(card)
    assert head["library_name"] == "keras"
    assert head["pipeline_tag"] == "image-classification"
    assert head["license"] == "other"
    (name,) = re.findall(r"^- name: (.*)$", card, flags=re.MULTILINE)
    assert json.loads(name) == 'le"aves: #1'
    assert f"value: {held_out.top1:.4f}}}" in card


def test_names_from_outside_are_shown_and_not_obeyed(record: RunRecord) -> None:
    evil = record.model_copy(
        update={
            "classes": ["Apple___<script>|*bold*", *record.classes[1:]],
            "data": record.data.model_copy(
                update={"roots": ["/home/me/`rm`/[x](http://evil)\n# Hi"]}
            ),
        }
    )
    assert evil.result is not None
    logits = np.eye(8)[[0, 0, 1]]
    judge = Judge(tuple(evil.classes), evil.result.temperature, evil.result.thresholds)
    card = model_card("n\n# Hi", evil, judge.evaluation("d|e", logits, np.array([0, 1, 1])), [])
    assert "<script>" not in card.replace("\\<script\\>", "")
    assert "Apple: \\<script\\>\\|\\*bold\\*" in card
    assert "\n# Hi" not in card
    assert "| d\\|e |" in card
    assert "[x](" not in card.replace("\\[x\\](", "")
