import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import plant_device

SOURCES = sorted(Path(plant_device.__file__).parent.rglob("*.py"))
FOREIGN = {"tensorflow", "keras", "plant_train", "plant_convert"}


def _imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}:{node.lineno}: a relative import"
            yield node.module or ""


def _loaded_by(*modules: str) -> set[str]:
    program = (
        f"import importlib, json, sys\n"
        f"for name in {modules!r}:\n"
        f"    importlib.import_module(name)\n"
        f"print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return set(json.loads(told.stdout))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_device_names_neither_tensorflow_nor_another_stage(source: Path) -> None:
    assert not {name.partition(".")[0] for name in _imported(source)} & FOREIGN


def test_the_device_loads_neither_tensorflow_nor_another_stage() -> None:
    root = Path(plant_device.__file__).parent.parent
    modules = [
        ".".join(source.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for source in SOURCES
    ]
    assert not _loaded_by(*modules) & FOREIGN


def test_the_command_starts_without_what_only_its_work_needs() -> None:
    heavy = {"tensorflow", "cv2", "PIL", "numpy", "pydantic", "ai_edge_litert", "tflite_runtime"}
    assert not _loaded_by("plant_device.cli") & heavy


def test_the_contract_does_not_reach_into_the_rest_of_the_device() -> None:
    contract = Path(plant_device.__file__).parent / "contract"
    for source in contract.rglob("*.py"):
        for name in _imported(source):
            if name.startswith("plant_device"):
                assert name.startswith("plant_device.contract."), f"{source} imports {name}"
