import re
import shutil
import stat
import subprocess
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


@pytest.mark.parametrize(
    "content",
    [b"", b"short", b"\n\n", bytes(range(128, 190)), b"\x1b[31m" * 9, b"a" * 20 + b"\n\0b"],
)
def test_a_file_without_a_token_gets_one_and_that_is_told_once(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / NAME).write_bytes(content)
    said: list[str] = []
    tokens = TokenFile(tmp_path, said.append)
    token = tokens.token()
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", token)
    assert tokens.token() == TokenFile(tmp_path, said.append).token() == token
    assert said == [f"{tmp_path / NAME} had no token in it: it was written anew"]


@pytest.mark.parametrize("damage", ["deleted", "emptied"])
def test_a_running_device_keeps_its_token_whatever_becomes_of_the_file(
    tmp_path: Path, damage: str
) -> None:
    running = TokenFile(tmp_path / "web")
    token = running.token()
    if damage == "deleted":
        shutil.rmtree(tmp_path / "web")
    else:
        (tmp_path / "web" / NAME).write_text("")
    assert running.token() == token
    assert TokenFile(tmp_path / "web").token() == token


def test_a_token_that_cannot_be_written_again_holds_on(tmp_path: Path) -> None:
    running = TokenFile(tmp_path / "web")
    token = running.token()
    shutil.rmtree(tmp_path / "web")
    (tmp_path / "web").symlink_to("/proc/self/nothing")
    assert running.token() == token


def test_a_folder_in_the_place_of_the_token_is_one_line(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    for ask in (TokenFile(tmp_path).token, TokenFile(tmp_path).replaced):
        with pytest.raises(UserError, match="received a folder: move it away"):
            ask()


@pytest.mark.parametrize("command", ["token", "certificate"])
@pytest.mark.parametrize("option", ["--store", "--state"])
def test_a_mistyped_folder_is_refused_and_not_made(
    tmp_path: Path, command: str, option: str, device_command: list[str]
) -> None:
    ended = subprocess.run(
        [*device_command, command, option, str(tmp_path / "nosuch")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is none at" in ended.stderr
    assert list(tmp_path.iterdir()) == []
