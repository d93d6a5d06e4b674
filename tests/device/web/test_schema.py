"""Whatever is asked, at a real device: no 5xx, and nothing that the description does not say."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from device_with_page import API, Device
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok

# Without an end; test_live.py reads them.
_ENDLESS = {f"{API}/live", f"{API}/live.mjpeg"}
# A second and more of the processor each.
_DEAR = {f"{API}/classify", f"{API}/photograph"}
# 503 and 507 are no bugs but what the description promises, of a camera or a disk.
_EXPECTED = {503, 507}


def _operations(device: Device) -> Iterator[Any]:
    load_all_checks()
    schema = schemathesis.openapi.from_url(f"{device.url}{API}/openapi.json")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path not in _ENDLESS:
            yield operation


def _ask_all(device: Device, examples: int) -> int:
    asked = 0
    for operation in _operations(device):
        most = min(examples, 6) if operation.path in _DEAR else examples

        @given(case=operation.as_strategy())
        @settings(
            max_examples=most,
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
                case.validate_response(response)

        ask()
    return asked


def test_the_api_does_as_it_says(device: Device) -> None:
    assert _ask_all(device, examples=6) > 100


@pytest.mark.slow
def test_the_api_does_as_it_says_whatever_is_asked(device: Device) -> None:
    assert _ask_all(device, examples=300) > 3000
