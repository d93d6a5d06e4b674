import os

from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import DONE, REFUSED, WRONG_INPUT, UserError


def test_the_exit_codes_are_those_that_are_documented() -> None:
    assert (DONE, REFUSED, WRONG_INPUT) == (0, 1, 2)


def test_an_error_is_about_the_input_unless_told_otherwise() -> None:
    assert UserError("no").exit_code == WRONG_INPUT
    assert UserError("no", REFUSED).exit_code == REFUSED


@given(message=st.text())
def test_a_message_is_always_one_line(message: str) -> None:
    assert len(str(UserError(message)).splitlines()) <= 1
    assert str(UserError(message)).isprintable()


def test_what_steers_a_terminal_is_told_and_does_not() -> None:
    assert str(UserError("no \x1b]0;owned\x07 \x9b2J such key")) == (
        r"no \x1b]0;owned\x07 \x9b2J such key"
    )


def test_a_file_name_that_is_not_utf8_is_told_as_python_writes_it() -> None:
    assert str(UserError(f"no {os.fsdecode(b'leaf' + bytes([255]))}")) == r"no leaf\udcff"


def test_a_message_that_quotes_a_whole_file_keeps_its_beginning_and_its_end() -> None:
    told = str(UserError(f"expected a key, received {'x' * 1_000_000}: name another"))
    assert told.startswith("expected a key, received xxx")
    assert told.endswith("xxx: name another")
    assert len(told) < 5000
