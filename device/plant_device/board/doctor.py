"""Every check, one after the other; none can hang the others or bring them down."""

import threading
from collections.abc import Iterator, Mapping

from plant_device.board.checks import CHECKS, Check
from plant_device.board.finding import Asked, Finding, Level

# Longer than what the checks themselves wait for.
_LONGEST_SECONDS = 150.0

_MARKS: Mapping[Level, tuple[str, str]] = {
    "ok": ("ok", "\033[32m"),
    "warning": ("warning", "\033[33m"),
    "failure": ("FAILURE", "\033[31m"),
}
_NAME_WIDTH = 12
_MARK_WIDTH = 7


def examine(
    asked: Asked, checks: Mapping[str, Check] = CHECKS, seconds: float = _LONGEST_SECONDS
) -> Iterator[Finding]:
    """Yield what the checks find, as soon as each has it.

    A check that raises, or takes longer than `seconds`, is itself a failure.
    """
    for name, check in checks.items():
        yield from _bounded(name, check, asked, seconds)


def _bounded(name: str, check: Check, asked: Asked, seconds: float) -> list[Finding]:
    found: list[Finding] = [
        Finding(
            name,
            "failure",
            f"it could not be looked at within {seconds:g} s",
            "restart the machine; a disk or a driver hangs",
        )
    ]

    def look() -> None:
        try:
            found[:] = check(asked)
        except Exception as error:
            what = f"it could not be looked at: {type(error).__name__}: {error}"
            found[:] = [Finding(name, "failure", what, "please report this, with this line")]

    # A call into a dead network disk ends never, and cannot be ended.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(seconds)
    return list(found)


def line(finding: Finding, *, colour: bool) -> str:
    """A finding for a person: what was found, and below it what to do."""
    mark, paint = _MARKS[finding.level]
    mark = f"{mark:<{_MARK_WIDTH}}"
    told = f"{paint}{mark}\033[0m" if colour else mark
    text = f"{told}  {finding.name:<{_NAME_WIDTH}}  {finding.what}"
    indent = " " * (_MARK_WIDTH + _NAME_WIDTH + 4)
    return f"{text}\n{indent}→ {finding.to_do}" if finding.to_do else text
