"""Files of real boards' form: see ../data/boards/README.md."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plant_device.board.finding import Asked

BOARDS = Path(__file__).parents[1] / "data" / "boards"
Board = Callable[[str], Asked]
Program = Callable[[str, str], None]


@pytest.fixture
def board() -> Board:
    """`pi4`, `pi5` or `orin`."""

    def asked(name: str) -> Asked:
        return Asked(root=BOARDS / name)

    return asked


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a shell script of that name on the path, alone with the shell's own programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def write(name: str, lines: str) -> None:
        script = folder / name
        script.write_text(f"#!/bin/sh\n{lines}\n")
        script.chmod(0o755)

    return write
