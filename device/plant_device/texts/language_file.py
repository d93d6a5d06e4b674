"""Language files, which people write: read, checked, every mistake told in a line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from plant_device.classify.decision import DecisionKind
from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.contract.plain import one_line
from plant_device.contract.toml import read_toml
from plant_device.texts.texts import Headings, InspectionWords, Text, Texts, ToldCause


def read_language_file(path: Path) -> Texts:
    """Read a language's texts.

    Raises:
        UserError: the file cannot be read, or something in it is wrong; tells the first mistake.
    """
    parsed = parse_language_file(path)
    if isinstance(parsed, Texts):
        return parsed
    more = f" (and {len(parsed) - 1} more: `plant-device texts check`)" if parsed[1:] else ""
    raise UserError(f"{path}: {parsed[0]}{more}")


def parse_language_file(path: Path) -> Texts | list[str]:
    """Read a language's texts, or all mistakes in its file, a line each.

    Raises:
        UserError: there is no such file.
    """
    try:
        content = read_toml(path)
    except ValueError as error:
        return [one_line(f"expected TOML in UTF-8, cannot read it: {error}")]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    try:
        return Texts.model_validate(content, strict=True)
    except ValidationError as error:
        return [one_line(_mistake(one["loc"], one["type"], one)) for one in error.errors()]


def _mistake(place: tuple[int | str, ...], kind: str, told: Mapping[str, Any]) -> str:
    # Pydantic marks a wrong key of a dictionary by "[key]" after it.
    keys = [str(key) for key in place if key != "[key]"]
    where = ".".join(keys)
    if kind in ("extra_forbidden", "literal_error"):
        known = _known_keys(keys[:-1])
        meant = near_misses(keys[-1], known, most=1)
        return f"unknown key {where}{meant}: expected one of {', '.join(known)}"
    if kind == "value_error":
        expected = str(told["ctx"]["error"])
    else:
        expected = "text in quotes" if kind == "string_type" else "a table"
    return f"{where}: expected {expected}, received: {told['input']!r:.80}"


def _known_keys(place: list[str]) -> list[str]:
    if not place:
        return list(Texts.model_fields)
    if place == ["decisions"]:
        return list(get_args(DecisionKind))
    if place == ["causes"]:
        return list(get_args(ToldCause))
    if place == ["headings"]:
        return list(Headings.model_fields)
    if place == ["inspection"]:
        return list(InspectionWords.model_fields)
    return list(Text.model_fields)
