"""The document on architectures shows files that there are, as they are."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from plant_train.archs import ARCHITECTURES

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "architectures.md").read_text()
ARCHS = ROOT / "train" / "plant_train" / "archs"


def test_its_examples_are_the_real_files() -> None:
    whole, excerpt = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert whole == (ARCHS / "lenet5.py").read_text()
    assert textwrap.indent(excerpt.rstrip(), " " * 8) in (ARCHS / "alexnet_owt.py").read_text()


def test_its_table_has_every_architecture_with_its_input_and_options() -> None:
    for name, architecture in ARCHITECTURES.items():
        row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` | "))
        assert row.split(" | ")[1] == str(architecture.geometry.input_side)
        assert re.findall(r"`(\w+)=", row) == list(architecture.options.model_fields)
