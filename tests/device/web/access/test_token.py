import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant_device.contract.errors import UserError
from plant_device.web.access.token import NAME, TokenFile, new_token, same_token


def test_tokens_differ_and_have_no_letters_that_are_taken_for_one_another() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert not set("".join(tokens)) & set("ilo01")


def test_a_token_is_the_same_however_it_was_typed() -> None:
    token = new_token()
    assert same_token(token, token)
    assert same_token(token, f" {token.upper().replace('-', ' ')}\n")
    assert not same_token(token, token[:-1])
    assert not same_token(token, "")


@given(st.text())
def test_any_text_can_be_held_against_a_token(text: str) -> None:
    assert not same_token(new_token(), text)


def test_a_token_is_made_once_and_only_this_user_reads_it(tmp_path: Path) -> None:
    token = TokenFile(tmp_path / "state").token()
    assert TokenFile(tmp_path / "state").token() == token
    assert stat.S_IMODE((tmp_path / "state" / NAME).stat().st_mode) == 0o600


def test_a_token_that_others_could_read_is_theirs_no_longer(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("chosen-by-myself-1234\n")
    (tmp_path / NAME).chmod(0o644)
    assert TokenFile(tmp_path).token() == "chosen-by-myself-1234"
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_a_token_that_another_program_makes_holds_at_once(tmp_path: Path) -> None:
    running, command = TokenFile(tmp_path), TokenFile(tmp_path)
    former = running.token()
    token = command.replaced()
    assert running.token() == token != former


@pytest.mark.parametrize("content", ["", "short", "\n\n"])
def test_a_file_without_a_token_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(UserError, match="expected a token of at least 16 letters"):
        TokenFile(tmp_path).token()
