"""The run folder's format: what other programs and later versions rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from plant_train.checkpoint import EpochRow
from plant_train.data.audit import Audit
from plant_train.data.split_record import SplitRecord
from plant_train.run import RunRecord

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = Path(__file__).parents[2] / "docs" / "run-folder.md"
FIGURES_DOCUMENT = Path(__file__).parents[2] / "docs" / "json.md"
RECIPES_DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"


def _format_alone(schema: Any) -> Any:
    """A schema without descriptions and titles, and without the values of defaults.

    They may change; whether a key has a default may not.
    """
    if isinstance(schema, list):
        return [_format_alone(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _format_alone(value)
        for key, value in schema.items()
        if not (key in {"description", "title"} and isinstance(value, str))
    }
    return {**kept, "default": "any"} if "default" in kept else kept


def _keys(schema: dict[str, Any]) -> set[str]:
    parts = [schema, *schema["$defs"].values()]
    return {key for part in parts for key in part["properties"]}


def test_run_json_is_what_it_was() -> None:
    golden = json.loads((GOLDEN / "run.schema.json").read_text())
    # A difference is a new format version: raise FORMAT_VERSION, then renew the golden file.
    assert _format_alone(RunRecord.model_json_schema()) == golden


def test_split_json_is_what_it_was() -> None:
    golden = json.loads((GOLDEN / "split.schema.json").read_text())
    assert _format_alone(SplitRecord.model_json_schema()) == golden


def test_audit_json_is_what_it_was() -> None:
    golden = json.loads((GOLDEN / "audit.schema.json").read_text())
    assert _format_alone(Audit.model_json_schema()) == golden


def test_every_key_of_run_json_stands_in_the_document() -> None:
    # The figures' and the recipe's keys are in the pages that the document names for them.
    pages = (DOCUMENT, FIGURES_DOCUMENT, RECIPES_DOCUMENT)
    text = "".join(page.read_text() for page in pages)
    assert all(page.name in DOCUMENT.read_text() for page in pages[1:])
    documented = set(re.findall(r"`([^`\n]+)`", text))
    assert _keys(RunRecord.model_json_schema()) - documented == set()


def test_every_column_of_the_history_and_every_file_of_the_folder_stands_in_the_document(
    lenet_run: Path,
) -> None:
    documented = set(re.findall(r"`([^`\n]+)`", DOCUMENT.read_text()))
    assert set(EpochRow.model_fields) - documented == set()
    files = {path.name + "/" * path.is_dir() for path in lenet_run.iterdir()}
    assert files - documented == set()
