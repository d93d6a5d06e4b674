"""The formats that travel: a change is a decision, with a version, a page and a new golden file.

    python tests/device/contract/test_contract_frozen.py

writes the golden files anew.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from plant_device.classify.line import ClassifiedLine
from plant_device.contract.manifest import Manifest

DATA = Path(__file__).parent.parent / "data"
DOCS = Path(__file__).parents[3] / "docs"
GOLDEN: dict[str, type[BaseModel]] = {
    "manifest.schema.json": Manifest,
    "classified_line.schema.json": ClassifiedLine,
}
ADVICE = (
    "The format has changed, and devices in the field read the old one. If the change is meant: "
    "raise FORMAT_VERSION in plant_device/contract/manifest.py (for plant.json), describe it in "
    "docs/model-file.md and docs/json.md, then run "
    "`python tests/device/contract/test_contract_frozen.py` and commit the new golden file."
)


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(_without_prose(schema), sort_keys=True, indent=1) + "\n"


def _without_prose(part: Any) -> Any:
    """A schema without titles and docstrings, which are free to be bettered."""
    if isinstance(part, list):
        return [_without_prose(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_prose(value)
        for key, value in part.items()
        if not (key in ("title", "description") and isinstance(value, str))
    }


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def _words_in_backticks(*pages: str) -> set[str]:
    text = "".join((DOCS / page).read_text() for page in pages)
    without_blocks = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {
        word
        for span in re.findall(r"`([^`\n]+)`", without_blocks)
        for word in re.findall(r"\w+", span)
    }


@pytest.mark.parametrize("name", GOLDEN)
def test_the_format_is_the_one_that_was_agreed(name: str) -> None:
    agreed = (DATA / name).read_text()
    assert _text(GOLDEN[name].model_json_schema()) == agreed, ADVICE


def test_every_key_of_the_manifest_is_documented() -> None:
    known = _words_in_backticks("model-file.md", "json.md")
    missing = set(_keys(Manifest.model_json_schema())) - known
    assert not missing, f"docs/model-file.md does not explain {sorted(missing)} in backticks"


def test_every_key_of_a_classified_line_is_documented() -> None:
    missing = set(_keys(ClassifiedLine.model_json_schema())) - _words_in_backticks("json.md")
    assert not missing, f"docs/json.md does not explain {sorted(missing)} in backticks"


if __name__ == "__main__":
    for file_name, model in GOLDEN.items():
        (DATA / file_name).write_text(_text(model.model_json_schema()))
