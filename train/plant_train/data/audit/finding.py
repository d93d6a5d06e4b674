"""What a check reports, the same for all checks. Documented in docs/json.md."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Severity = Literal["good", "note", "warning", "leak"]
"""From good to bad; `leak` alone makes the audit fail: held-out figures would flatter."""

Number = int | float


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Example(_Part):
    """Pictures that show what was found, and in words what is wrong with them."""

    text: str
    pictures: list[str]


class Finding(_Part):
    """The outcome of one check.

    Args:
        check: the check's name, stable.
        title: the same for a person.
        count: how many were found, of what `summary` names.
        summary: what was found, in a sentence for a person.
        advice: what to do about it; "" if nothing.
        figures: numbers by name, and tables of numbers by class or part.
        examples: everything that was found.
    """

    check: str
    title: str
    severity: Severity
    count: int
    summary: str
    advice: str = ""
    figures: dict[str, Number | dict[str, Number]] = {}
    examples: list[Example] = []


def worst(findings: Sequence[Finding]) -> Severity:
    """The worst severity of any finding."""
    order: tuple[Severity, ...] = get_args(Severity)
    return max((finding.severity for finding in findings), key=order.index, default=order[0])


def shown(path: Path) -> str:
    """A path as text; what is not UTF-8 in it becomes escapes, which JSON can hold."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def counted(number: int, one: str, many: str) -> str:
    """`1 picture`, `2 pictures`."""
    return f"{number:,} {one if number == 1 else many}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")
