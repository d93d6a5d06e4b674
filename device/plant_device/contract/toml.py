"""TOML by the standard library's reader, or where Python has none, by the one that it is from."""

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MOST_BYTES = 1 << 20
# Of a key of n parts the reader's time grows as n², so that a file of 1 MiB could take an hour.
_PART = r"\.[ \t]*(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*"
_MANY_PARTS = re.compile(f"(?:{_PART}){{32}}")


def read_toml(file: Path) -> dict[str, Any]:
    """What a TOML file says; it is untrusted.

    Raises:
        ValueError: it is no TOML in UTF-8, larger than 1 MiB, nested beyond all sense, or has whole
            numbers that do not fit into 64 bits.
        OSError: it cannot be read.
    """
    if file.is_fifo():
        # Nobody may ever write to it.
        raise ValueError("expected a file, received a pipe")
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("expected at most 1 MiB, received more")
    # Windows' Notepad begins a file with a byte-order mark.
    text = content.decode("utf-8-sig")
    if _MANY_PARTS.search(text):
        raise ValueError("expected keys of at most 32 parts, received one of more")
    try:
        told = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None
    _require_64_bits(told)
    return told


def _require_64_bits(told: dict[str, Any]) -> None:
    """Refuse what TOML does not have and its reader takes: of many digits, Python cannot tell."""
    pending: list[Any] = [told]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise ValueError("expected whole numbers of 64 bits, received a larger one")
