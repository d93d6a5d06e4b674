"""A server with faults, and a data folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_site import Site, served_site


@pytest.fixture
def site() -> Iterator[Site]:
    """A server that gives what it is told to."""
    with served_site() as served:
        yield served


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights and recorded sums go into a folder of this test; subprocesses inherit it."""
    folder = tmp_path / "user-data"
    monkeypatch.setenv("PLANT_EDGE_DATA", str(folder))
    # A proxy of this machine must not see what goes to 127.0.0.1.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder
