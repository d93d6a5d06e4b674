from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.board.finding import Asked
from plant_device.board.throttle import (
    Happened,
    Throttling,
    from_bits,
    jetson,
    raspberry,
    slowed_now,
)
from plant_device.contract.errors import UserError

Board = Callable[[str], Asked]
Program = Callable[[str, str], None]
NEVER, NOW, BEFORE = Happened(False, False), Happened(True, True), Happened(False, True)


@pytest.mark.parametrize(
    ("bits", "told"),
    [
        (0x0, Throttling(NEVER, NEVER)),
        (0x50005, Throttling(NOW, NOW)),
        (0x50000, Throttling(BEFORE, BEFORE)),
        (0x10000, Throttling(BEFORE, NEVER)),
        (0x1, Throttling(Happened(True, False), NEVER)),
        (0xE0008, Throttling(NEVER, NOW)),
        (0x20002, Throttling(NEVER, NOW)),
        (0x80000, Throttling(NEVER, BEFORE)),
    ],
)
def test_bits_are_read_as_documented(bits: int, told: Throttling) -> None:
    assert from_bits(bits) == told


@given(st.integers(0, 0xFFFFFFFF))
def test_bits_without_a_meaning_change_nothing(bits: int) -> None:
    assert from_bits(bits) == from_bits(bits & 0xF000F)


def test_the_kernels_file_is_read(board: Board) -> None:
    assert raspberry(board("pi4").root) == Throttling(BEFORE, BEFORE)


def test_the_kernels_alarm_tells_of_power_alone(board: Board, program: Program) -> None:
    assert raspberry(board("pi5").root) == Throttling(NOW, None)


def test_the_firmwares_program_is_asked(tmp_path: Path, program: Program) -> None:
    program("vcgencmd", '[ "$1" = get_throttled ] && echo throttled=0x50005')
    assert raspberry(tmp_path) == Throttling(NOW, NOW)


def test_a_program_that_may_not_ask_says_so(tmp_path: Path, program: Program) -> None:
    program("vcgencmd", 'echo "Can\'t open device file: /dev/vcio" >&2; exit 1')
    with pytest.raises(UserError, match=r"may not ask the firmware: .*/dev/vcio"):
        raspberry(tmp_path)


def test_a_jetson_counts_its_events(board: Board) -> None:
    assert jetson(board("orin").root) == {"oc1": 0, "oc2": 15, "oc3": 37}


@pytest.mark.parametrize("other", ["pi4", "pi5"])
def test_another_board_is_no_jetson(board: Board, other: str) -> None:
    assert jetson(board(other).root) is None


def test_a_jetson_is_no_raspberry(board: Board, program: Program) -> None:
    assert raspberry(board("orin").root) is None


@pytest.mark.parametrize(
    ("bits", "reasons"),
    [
        ("0", []),
        ("50005", ["under-voltage", "throttling"]),
        ("50000", []),
        ("80008", ["throttling"]),
    ],
)
def test_what_slows_a_board_now_is_told_in_words(
    tmp_path: Path, bits: str, reasons: list[str]
) -> None:
    told = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    told.parent.mkdir(parents=True)
    told.write_text(f"{bits}\n")
    assert slowed_now(tmp_path) == reasons
