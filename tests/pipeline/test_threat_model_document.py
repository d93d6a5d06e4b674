"""Each promise of the threat model names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_it_names_is_there() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", text)
    assert len(named) == text.count("::")
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}("
        not in _source(path if path.startswith("tests/") else f"tests/device/{path}")
    ]
    assert not missing


def _source(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""
