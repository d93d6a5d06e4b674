"""What `plant-train evaluate --json` prints: other programs rely on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from plant_train.judge.evaluation import Evaluation

GOLDEN = Path(__file__).parent / "golden" / "evaluation.schema.json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "json.md"


def _without_words(schema: Any) -> Any:
    """A schema without its descriptions and titles, which may change."""
    if isinstance(schema, list):
        return [_without_words(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_words(value)
        for key, value in schema.items()
        if not (key in {"description", "title"} and isinstance(value, str))
    }


def test_an_evaluation_is_what_it_was() -> None:
    golden = json.loads(GOLDEN.read_text())
    # A difference on purpose: renew the golden file and docs/json.md.
    assert _without_words(Evaluation.model_json_schema()) == golden


def test_every_key_of_an_evaluation_stands_in_the_document() -> None:
    schema = Evaluation.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    documented = set(re.findall(r"`([^`\n]+)`", DOCUMENT.read_text()))
    assert keys - documented == set()
