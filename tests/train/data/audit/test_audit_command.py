from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plant_train.data.audit import Audit, audit
from plant_train.data.audit.finding import Example, Finding
from plant_train.report.audit_page import write_audit_page

Command = Callable[..., "subprocess.CompletedProcess[str]"]

DOCUMENT = Path(__file__).parents[4] / "docs" / "json.md"


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Path:
    root = tmp_path_factory.mktemp("leaking")
    for part in ("train", "test"):
        for name in ("Corn___healthy", "Corn___common_rust"):
            shutil.copytree(sample_data / part / name, root / part / name)
    shutil.copy(
        root / "train" / "Corn___healthy" / "0000.jpg", root / "test" / "Corn___healthy" / "x.jpg"
    )
    return root


def test_a_leak_exits_with_1_and_the_page_shows_it(
    warm_train: Command, leaking: Path, tmp_path: Path
) -> None:
    page = tmp_path / "audit.html"
    process = warm_train("audit", leaking, "--out", page, "--json")
    assert process.returncode == 1, process.stderr
    found = json.loads(process.stdout)
    assert found["leaks"] is True
    assert found["parts"] == {"train": 60, "test": 9}
    assert "Traceback" not in process.stderr
    text = page.read_text()
    assert "1 leaf or photograph sits in more than one part" in text
    # Two small pictures of the leak, and the same two as equal files; nothing is fetched.
    assert text.count('src="data:image/jpeg;base64,') == 4
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert len(text) < 100_000


def test_a_data_set_without_a_leak_exits_with_0_and_is_told_in_words(
    warm_train: Command, sample_data: Path
) -> None:
    process = warm_train("audit", sample_data / "test")
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(f"{sample_data / 'test'}: 8 classes, 32 in whole\n")
    assert "good    Equal files: No two files are the same." in process.stdout


def test_a_page_is_not_written_over_and_a_missing_data_set_is_one_line(
    warm_train: Command, sample_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.html").write_text("mine")
    process = warm_train("audit", sample_data, "--out", tmp_path / "mine.html")
    assert process.returncode == 2
    assert "mine.html exists" in process.stderr
    process = warm_train("audit", tmp_path / "gone")
    assert process.returncode == 2
    assert process.stderr.count("\n") == 1
    assert (tmp_path / "mine.html").read_text() == "mine"


def test_names_from_outside_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    finding = Finding(
        check="evil",
        title=evil,
        severity="note",
        count=1,
        summary=evil,
        figures={evil: {evil: 1}},
        examples=[Example(text=evil, pictures=[f"/data/{evil}.jpg"])],
    )
    write_audit_page(
        Audit(data=[evil], pictures=0, classes=0, parts={evil: 0}, leaks=False, findings=[finding]),
        tmp_path / "page.html",
    )
    text = (tmp_path / "page.html").read_text()
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 7


def _keys(schema: dict[str, Any]) -> set[str]:
    return {key for part in [schema, *schema["$defs"].values()] for key in part["properties"]}


def test_every_key_of_the_json_stands_in_the_document(leaking: Path) -> None:
    documented = set(re.findall(r"`([^`\n]+)`", DOCUMENT.read_text()))
    found = audit([leaking])
    checks = {finding.check for finding in found.findings}
    figures = {name for finding in found.findings for name in finding.figures}
    assert (_keys(Audit.model_json_schema()) | checks | figures) - documented == set()
