"""What people are told in one language: the form of its file. Documented in docs/texts.md."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from plant_device.classify.decision import Cause, DecisionKind

ToldCause = Literal[Cause, "leaves_disagree"]

# A line may be broken in the file, where it is long; it is told in one.
Words = Annotated[str, AfterValidator(lambda words: " ".join(words.split()))]


def _name(words: str) -> str:
    if not words:
        raise ValueError("a name, or no line for it")
    return words


def _with(*places: str) -> AfterValidator:
    """Words in which figures have their places; empty ones are told in another language."""

    def check(words: str) -> str:
        if words and not all(place in words for place in places):
            raise ValueError(f"words with {' and '.join(places)} in them")
        return words

    return AfterValidator(check)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Text(_Part):
    """What is told of a class, a decision or a cause; empty where a file has no words for it.

    `what` it is; the signs to `look` for, which tell it from its look-alikes; what to do `next`.
    """

    name: Annotated[Words, AfterValidator(_name)] = ""
    what: Words = ""
    look: Words = ""
    next: Words = ""


class Headings(_Part):
    """The words between and before texts."""

    what: Words = ""
    look: Words = ""
    next: Words = ""
    nearest: Words = ""


class InspectionWords(_Part):
    """What is asked of whoever shows leaves, and told of those that vote.

    {number} and {leaves} stand for how many.
    """

    leaf: Annotated[Words, _with("{number}", "{leaves}")] = ""
    another: Words = ""
    verdict: Annotated[Words, _with("{leaves}")] = ""
    verdict_of_one: Words = ""
    show: Annotated[Words, _with("{leaves}")] = ""
    show_one: Words = ""
    press: Words = ""
    press_enter: Words = ""


class Texts(_Part):
    """All texts of a language, or those that its file has; classes by their labels."""

    headings: Headings = Headings()
    inspection: InspectionWords = InspectionWords()
    decisions: dict[DecisionKind, Text] = {}
    causes: dict[ToldCause, Text] = {}
    classes: dict[str, Text] = {}

    def by_key(self) -> dict[str, str]:
        """Each text by its dotted key, such as `causes.too_dark.next`; empty ones are left out."""
        return dict(_flat(self.model_dump(), ""))


def layered(*layers: Texts) -> Texts:
    """Texts of the first layer, and key by key those of the next where it has none."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _over(merged, layer.model_dump(exclude_defaults=True))
    return Texts.model_validate(merged)


def _over(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**lower, **upper}
    for key in upper.keys() & lower.keys():
        value = upper[key]
        merged[key] = _over(value, lower[key]) if isinstance(value, dict) else value or lower[key]
    return merged


def _flat(part: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in part.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{key}.")
        elif value:
            found.append((before + key, value))
    return found
