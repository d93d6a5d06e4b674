from collections.abc import Callable

import pytest

from plant_device.board.program import output_of
from plant_device.contract.errors import UserError

Program = Callable[[str, str], None]


def test_the_first_that_is_installed_is_asked(program: Program) -> None:
    program("libcamera-hello", 'echo "$@"; echo heard >&2')
    names = ("rpicam-hello-of-nobody", "libcamera-hello")
    assert output_of(names, "--list-cameras", seconds=60) == "--list-cameras\nheard"


def test_where_none_is_installed_nothing_is_told() -> None:
    assert output_of(("a-program-of-nobody",), seconds=60) is None


def test_one_that_hangs_is_ended_and_named(program: Program) -> None:
    program("vcgencmd", "exec tail -f /dev/null")
    with pytest.raises(UserError, match=r"vcgencmd get_throttled gives no answer within 0\.2 s"):
        output_of(("vcgencmd",), "get_throttled", seconds=0.2)
