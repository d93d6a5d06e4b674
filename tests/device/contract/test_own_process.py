import atexit
import os
import signal

import pytest

from plant_device.contract.errors import REFUSED, WRONG_INPUT, UserError
from plant_device.contract.own_process import NoAnswerError, ask_apart


def add(one: int, other: int) -> int:
    print("a library's greeting", flush=True)
    return one + other


def own_process() -> int:
    return os.getpid()


def refuse(code: int) -> None:
    raise UserError("expected more", exit_code=code)


def fail() -> None:
    raise ImportError("no such wheel")


def crash(number: int) -> None:
    os.kill(os.getpid(), number)


def crash_at_the_end() -> int:
    atexit.register(os.abort)
    return 5


def leave() -> None:
    os._exit(3)


def wait_for_ever() -> None:
    signal.pause()


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """These functions, for another process, are a module beside this file."""
    monkeypatch.setenv(
        "PYTHONPATH",
        os.pathsep.join([os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")]),  # noqa: PTH120
    )
    for function in (add, own_process, refuse, fail, crash, crash_at_the_end, leave, wait_for_ever):
        monkeypatch.setattr(function, "__module__", "test_own_process")


def test_a_function_answers_in_another_process() -> None:
    assert ask_apart(add, 2, 3, seconds=60) == 5
    assert ask_apart(own_process, seconds=60) != os.getpid()


@pytest.mark.parametrize("code", [REFUSED, WRONG_INPUT])
def test_an_error_comes_back_with_its_exit_code(code: int) -> None:
    with pytest.raises(UserError, match=r"^expected more$") as raised:
        ask_apart(refuse, code, seconds=60)
    assert raised.value.exit_code == code
    assert not isinstance(raised.value, NoAnswerError)


def test_any_other_exception_is_told_by_its_name() -> None:
    with pytest.raises(UserError, match=r"^ImportError: no such wheel$"):
        ask_apart(fail, seconds=60)


@pytest.mark.parametrize("number", [signal.SIGILL, signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_is_told_by_its_signal(number: signal.Signals) -> None:
    with pytest.raises(NoAnswerError, match=number.name):
        ask_apart(crash, int(number), seconds=60)


def test_a_crash_after_the_answer_is_one_too() -> None:
    with pytest.raises(NoAnswerError, match="SIGABRT"):
        ask_apart(crash_at_the_end, seconds=60)


def test_a_process_that_ends_without_an_answer_is_told() -> None:
    with pytest.raises(NoAnswerError, match="exit code 3"):
        ask_apart(leave, seconds=60)


def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(NoAnswerError, match=r"^no answer within 0\.3 s$"):
        ask_apart(wait_for_ever, seconds=0.3)
