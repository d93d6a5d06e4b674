"""Whatever is asked, at a real device: no 5xx, and nothing that the description does not say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from device_with_page import API, Device, running
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

# Without an end; test_live.py reads them.
_ENDLESS = {f"{API}/live", f"{API}/live.mjpeg"}
# A second and more of the processor each.
_DEAR = {f"{API}/classify", f"{API}/photograph"}
# What is right there is more than a schema says: a picture, a class's name, a place, a language.
_MORE_THAN_FORM = {f"{API}/classify", f"{API}/records/{{number}}", f"{API}/settings"}
# 503 and 507 are no bugs but what the description promises, of a camera or a disk.
_EXPECTED = {503, 507}


@pytest.fixture(scope="module")
def device(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """One of these tests alone: they change its settings."""
    with running(model_path, tmp_path_factory.mktemp("asked") / "store", "127.0.0.1:0") as started:
        yield started


def _operations(device: Device) -> Iterator[Any]:
    load_all_checks()
    schema = schemathesis.openapi.from_url(f"{device.url}{API}/openapi.json")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path not in _ENDLESS:
            yield operation


def _ask(device: Device, operation: Any, examples: int) -> int:
    excluded = [positive_data_acceptance] if operation.path in _MORE_THAN_FORM else []
    asked = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=min(examples, 6) if operation.path in _DEAR else examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        response = case.call(base_url=device.url)
        if response.status_code not in _EXPECTED:
            case.validate_response(response, excluded_checks=excluded)

    ask()
    return asked


def test_the_api_does_as_it_says(device: Device) -> None:
    assert sum(_ask(device, operation, 6) for operation in _operations(device)) > 100


@pytest.mark.slow
def test_the_api_does_as_it_says_whatever_is_asked(device: Device) -> None:
    assert sum(_ask(device, operation, 300) for operation in _operations(device)) > 3000
