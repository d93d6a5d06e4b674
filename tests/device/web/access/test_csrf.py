import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.web.access.csrf import csrf_token, is_csrf_token, is_from_elsewhere


def test_a_session_takes_its_own_word_alone() -> None:
    assert is_csrf_token(csrf_token("one"), "one")
    assert not is_csrf_token(csrf_token("one"), "other")


@given(st.text(), st.text())
def test_no_guess_passes(guess: str, session: str) -> None:
    assert not is_csrf_token(guess, session)


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({"host": "pi:8080"}, False),
        ({"host": "pi:8080", "origin": "http://pi:8080"}, False),
        ({"host": "pi", "origin": "https://PI"}, False),
        ({"host": "pi:8080", "origin": "http://pi"}, True),
        ({"host": "pi:8080", "origin": "http://evil.example"}, True),
        ({"host": "pi:8080", "origin": "null"}, True),
        ({"host": "pi:8080", "origin": "http://[broken"}, True),
        ({"host": "pi:8080", "sec-fetch-site": "same-origin"}, False),
        ({"host": "pi:8080", "sec-fetch-site": "cross-site"}, True),
        ({"host": "pi:8080", "sec-fetch-site": "same-site"}, True),
    ],
)
def test_who_sends_a_request_is_believed_to_browsers(
    headers: dict[str, str], elsewhere: bool
) -> None:
    assert is_from_elsewhere(headers) == elsewhere
