import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
import typer

from plant_device.contract.command_line import (
    new_command_group,
    require,
    require_ending,
    require_new,
    require_new_file,
    require_writable,
    run_command_line,
    say,
)
from plant_device.contract.errors import REFUSED, UserError

Ended = tuple[int, str, str]


class _Kind(str, Enum):
    ROUND = "round"


def _group() -> typer.Typer:
    group = new_command_group("A group of commands for tests.")

    @group.command()
    def work(
        path: Path, often: Annotated[int, typer.Option(min=1)] = 1, kind: _Kind = _Kind.ROUND
    ) -> None:
        print(f"{path} {often}")

    @group.command()
    def wrong() -> None:
        raise UserError("expected a leaf,\nreceived a stone")

    @group.command()
    def refuse() -> None:
        raise UserError("the gate says no", REFUSED)

    @group.command()
    def answer(code: int) -> int:
        return code

    @group.command()
    def bug() -> None:
        raise LookupError("first line\nsecond line")

    @group.command()
    def full_disk() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/store/records.db")

    @group.command()
    def gather() -> None:
        np.zeros(2**60, np.uint8)

    @group.command()
    def interrupt() -> None:
        raise KeyboardInterrupt

    @group.command()
    def flood(lines: int) -> None:
        for number in range(lines):
            print(number)

    return group


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Run the group with these arguments: exit code, stdout, stderr."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["/usr/bin/plant-test", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command_line(_group(), "plant-test")
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return run


def test_a_command_that_ends_well_exits_with_0(call: Callable[..., Ended]) -> None:
    assert call("work", "leaf.jpg", "--often", "3") == (0, "leaf.jpg 3\n", "")


@pytest.mark.parametrize("code", [0, 1, 2, 7])
def test_a_number_that_a_command_returns_is_the_exit_code(
    call: Callable[..., Ended], code: int
) -> None:
    assert call("answer", str(code)) == (code, "", "")


def test_a_users_error_is_one_line_and_exit_code_2(call: Callable[..., Ended]) -> None:
    assert call("wrong") == (2, "", "error: expected a leaf, received a stone\n")


def test_a_refusal_is_one_line_and_exit_code_1(call: Callable[..., Ended]) -> None:
    assert call("refuse") == (1, "", "error: the gate says no\n")


def test_an_error_of_the_operating_system_names_the_file(call: Callable[..., Ended]) -> None:
    assert call("full-disk") == (2, "", "error: No space left on device: /store/records.db\n")


def test_memory_that_is_too_small_is_no_bug_of_ours(call: Callable[..., Ended]) -> None:
    code, out, err = call("gather")
    assert (code, out) == (2, "")
    assert err.startswith("error: out of memory: free some, or ask for less at once: Unable to")
    assert err.count("\n") == 1


def test_ctrl_c_exits_with_130_and_says_so(call: Callable[..., Ended]) -> None:
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert call("interrupt") == (130, "", "error: stopped\n")
        # A second one, while the interpreter ends, is heard no more.
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, former)


def test_a_bug_is_one_line_that_tells_how_to_report_it(call: Callable[..., Ended]) -> None:
    code, out, err = call("bug")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("error: this is a bug of ours")
    assert "plant-test --debug" in err
    assert "LookupError" in err


@pytest.mark.parametrize(
    ("arguments", "code", "last"),
    [
        (("--debug", "bug"), 1, "LookupError"),
        (("bug", "--debug"), 1, "LookupError"),
        (("--debug", "wrong"), 2, "UserError"),
        (("wrong", "--debug"), 2, "UserError"),
    ],
)
def test_debug_shows_the_traceback_before_or_after_the_commands_name(
    call: Callable[..., Ended], arguments: tuple[str, ...], code: int, last: str
) -> None:
    received, out, err = call(*arguments)
    assert (received, out) == (code, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert f"{last}: " in err
    assert err.splitlines()[-1].startswith("error: ")


def test_debug_changes_nothing_where_nothing_fails(call: Callable[..., Ended]) -> None:
    assert call("--debug", "work", "a") == call("work", "a", "--debug") == (0, "a 1\n", "")


@pytest.mark.parametrize(
    ("arguments", "named", "command"),
    [
        (("work", "a", "--offen", "2"), "--offen", "plant-test work"),
        (("--colour", "work", "a"), "--colour", "plant-test"),
        (("wrok", "a"), "wrok", "plant-test"),
        (("work",), "path", "plant-test work"),
        (("work", "a", "b"), "b", "plant-test work"),
        (("work", "a", "--often", "many"), "--often", "plant-test work"),
        (("work", "a", "--often", "many"), "many", "plant-test work"),
        (("work", "a", "--often", "0"), "received: 0", "plant-test work"),
        (("work", "a", "--kind", "square"), "'square' is not one of", "plant-test work"),
        (("work", "a", "--often"), "--often", "plant-test"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_mistake(
    call: Callable[..., Ended], arguments: tuple[str, ...], named: str, command: str
) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert named in err.lower()
    assert f"(`{command} --help` tells more)" in err


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("--debug",)])
def test_help_is_printed_when_asked_for_or_nothing_else_is(
    call: Callable[..., Ended], arguments: tuple[str, ...]
) -> None:
    code, out, err = call(*arguments)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: plant-test ")
    assert "A group of commands for tests." in out
    assert "full-disk" in out


def test_a_command_has_its_own_help(call: Callable[..., Ended]) -> None:
    code, out, err = call("work", "-h")
    assert (code, err) == (0, "")
    assert "--often" in out


def test_a_closed_standard_output_is_one_clear_line(environment: dict[str, str]) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$0" -m plant_device --help >&-', sys.executable],
        stderr=subprocess.PIPE, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == b"error: standard output is closed: results need somewhere to go\n"


def test_results_that_have_no_room_are_one_line_and_exit_code_2(
    environment: dict[str, str],
) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "plant_device", "--help"],
            stdout=full, stderr=subprocess.PIPE, env=environment, timeout=60, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (2, b"error: No space left on device\n")


@pytest.mark.parametrize("lines", [3, 100_000], ids=["less than a buffer", "more than a buffer"])
def test_a_reader_that_goes_away_is_no_error(lines: int, environment: dict[str, str]) -> None:
    program = (
        f"import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('here', {__file__!r})\n"
        f"here = importlib.util.module_from_spec(spec)\n"
        f"spec.loader.exec_module(here)\n"
        f"here.run_command_line(here._group(), 'plant-test')\n"
    )
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run(
            [sys.executable, "-c", program, "flood", str(lines)],
            stdout=write, stderr=subprocess.PIPE, env=environment, timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_missing_dependency_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(UserError, match=r"needs no_such_module.*pip install 'plant-edge\[train\]'"):
        require("no_such_module", "train")
    require("json", "train")


def test_what_is_said_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_an_output_that_exists_is_refused_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jpg"
    require_new(path, overwrite=False)
    path.touch()
    with pytest.raises(UserError, match=r"exists: .*--overwrite"):
        require_new(path, overwrite=False)
    require_new(path, overwrite=True)
    assert path.exists()


def test_an_output_that_cannot_be_written_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    require_writable(tmp_path / "not" / "yet" / "there")
    require_new_file(tmp_path / "not" / "sheet.jpg", overwrite=False)
    with pytest.raises(UserError, match=r"written to, received .*/file/a: .*/file \(Not a dir"):
        require_new(tmp_path / "file" / "a" / "sheet.jpg", overwrite=True)
    with pytest.raises(UserError, match=r"can be written to, received /proc/none: /proc \("):
        require_new_file(Path("/proc/none/sheet.jpg"), overwrite=False)
    with pytest.raises(UserError, match=r"name of a file to write, received a folder: .*/folder$"):
        require_new_file(tmp_path / "folder", overwrite=True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_an_output_whose_ending_promises_another_kind_is_refused() -> None:
    require_ending(Path("sheet.JPG"), ".jpg", ".jpeg")
    with pytest.raises(
        UserError, match=r"^expected a name that ends in \.png or \.svg, received: a"
    ):
        require_ending(Path("a.txt"), ".png", ".svg")


@pytest.mark.parametrize("gone", ["full", "nobody reads", "closed"])
def test_what_nobody_can_be_told_ends_nothing(gone: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    if gone == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), writer)
    program = (
        "from plant_device.contract.command_line import say\n"
        "for _ in range(2000): say('a word to nobody')\n"
        "print('the result')"
    )
    redirected = '2>&- exec "$@"' if gone == "closed" else 'exec "$@"'
    ended = subprocess.run(
        ["sh", "-c", redirected, "sh", sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=writer,
        check=False,
    )
    os.close(writer)
    assert (ended.returncode, ended.stdout) == (0, b"the result\n")
