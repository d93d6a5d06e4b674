"""What docs/api.md shows, asked of a real device."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from device_with_page import API, Device, running

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
_EXAMPLE = re.compile(r"(GET|POST|PATCH|DELETE) (\S+) ?(\{.*\})? → (\d{3})")


@pytest.fixture(scope="module")
def device(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """One of these examples alone: the first record is the first photograph."""
    with running(model_path, tmp_path_factory.mktemp("shown") / "store", "127.0.0.1:0") as started:
        yield started


def test_the_examples_are_answered_as_they_say(device: Device) -> None:
    blocks = re.findall("```http\n(.*?)```", DOCS.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.strip().splitlines()]
    assert len(lines) > 20
    with device.client() as client:
        for line in lines:
            example = _EXAMPLE.fullmatch(line)
            assert example, line
            method, path, body, status = example.groups()
            answer = client.request(method, path, json=json.loads(body) if body else None)
            assert answer.status_code == int(status), f"{line}: {answer.text}"


def test_every_path_of_the_docs_is_described_and_the_other_way_round(device: Device) -> None:
    told = DOCS.read_text()
    with device.client() as client:
        described = client.get(f"{API}/openapi.json").json()["paths"]
    shown = {re.sub(r"\d+", "{number}", path) for path in re.findall(r"(/api/[^\s?`]+)", told)}
    shown = {path.replace("v{number}", "v1") for path in shown}
    assert shown - set(described) <= {f"{API}/docs", f"{API}/openapi.json", "/api/v1"}
    assert set(described) - shown <= {
        "/healthz",
        "/metrics",
        f"{API}/inspections/{{number}}",
        f"{API}/models/rollback",
    }
