from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.plain import plain


def test_what_steers_a_terminal_is_a_question_mark() -> None:
    assert plain("\x1b[2J\x9b31m\r\na\u202eb\x7f") == "?[2J?31m??a?b?"


def test_other_words_stay_as_they_are() -> None:
    words = 'Reis: "Blast", 葉/枯病 · é ñ ✓ \udc80'
    assert plain(words) == words


@given(st.text())
def test_as_many_signs_and_one_line(words: str) -> None:
    told = plain(words)
    assert len(told) == len(words)
    assert "\x1b" not in told
    assert "\n" not in told
