import stat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from no_room import no_room

from plant_device.web.access.sessions import NAME, SessionFile, Sessions
from plant_device.web.access.token import TokenFile


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), max_size=30))
def test_a_session_is_open_from_its_begin_to_its_end(steps: list[tuple[bool, str]]) -> None:
    sessions, is_open = Sessions("token"), set()
    for begins, name in steps:
        if begins:
            sessions = sessions.begun(name)
            is_open.add(name)
        else:
            sessions = sessions.ended(name)
            is_open.discard(name)
        assert {name for name in "abcd" if sessions.has(name)} == is_open


def test_the_oldest_of_too_many_sessions_ends() -> None:
    sessions = Sessions("token")
    for number in range(100):
        sessions = sessions.begun(str(number))
    assert not sessions.has("0")
    assert sessions.has("99")
    assert len(sessions.open) == 64


def test_sessions_outlive_the_server_and_their_ids_are_not_in_the_file(tmp_path: Path) -> None:
    token = TokenFile(tmp_path).token
    session = SessionFile(tmp_path, token).begin()
    assert SessionFile(tmp_path, token).has(session)
    assert session not in (tmp_path / NAME).read_text()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_session_that_was_ended_stays_so(tmp_path: Path) -> None:
    token = TokenFile(tmp_path).token
    sessions = SessionFile(tmp_path, token)
    session, other = sessions.begin(), sessions.begin()
    sessions.end(session)
    assert not SessionFile(tmp_path, token).has(session)
    assert SessionFile(tmp_path, token).has(other)


def test_another_token_ends_all_sessions(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path)
    sessions = SessionFile(tmp_path, tokens.token)
    session = sessions.begin()
    TokenFile(tmp_path).replaced()
    assert not sessions.has(session)
    assert not SessionFile(tmp_path, tokens.token).has(session)


def test_a_damaged_file_has_no_session(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"token": 3, "open": ')
    sessions = SessionFile(tmp_path, TokenFile(tmp_path).token)
    assert not sessions.has("any")
    assert sessions.has(sessions.begin())


def test_a_full_disk_keeps_nobody_out(tmp_path: Path) -> None:
    token = TokenFile(tmp_path).token
    token()
    sessions = SessionFile(tmp_path, token)
    with no_room():
        session = sessions.begin()
    assert sessions.has(session)
    assert not SessionFile(tmp_path, token).has(session)
