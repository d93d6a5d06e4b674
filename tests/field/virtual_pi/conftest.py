"""One start of each system, for all tests of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtual_pi.board import Board, running_board
from virtual_pi.installed import installed_image
from virtual_pi.suites import SUITES


@pytest.fixture(scope="package", params=SUITES)
def board(request: pytest.FixtureRequest, tiny_model_path: Path) -> Iterator[Board]:
    """A board that is up, with a model at /host/tiny.tflite."""
    suite = SUITES[request.param]
    with running_board(suite, installed_image(suite, tiny_model_path)) as running:
        shutil.copy(tiny_model_path, running.share / "tiny.tflite")
        yield running
