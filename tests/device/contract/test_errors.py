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
