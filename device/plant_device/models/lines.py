"""The models of a device for a person and for a machine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plant_device.models.history import History

Place = Literal["current", "former", "set_aside"]


class ModelLine(BaseModel):
    """The JSON line of an installed model. Documented in docs/json.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Place
    sha256: str
    name: str
    version: str
    bytes: int
    installed_at: datetime
    signed_by: str | None
    proven: bool
    fault: str | None


def model_lines(history: History) -> Iterator[ModelLine]:
    """Yield a line for each model, the newest first."""
    for number, model in enumerate(history.models):
        yield ModelLine(place=_place(number, history.place), **model.model_dump(exclude={"starts"}))


def sentences(history: History) -> Iterator[str]:
    """Yield the same in words."""
    for number, model in enumerate(history.models):
        words = [
            f"{_place(number, history.place).replace('_', ' '):9}  {model}",
            f"{model.bytes / 1e6:.1f} MB",
            f"installed {model.installed_at.astimezone():%Y-%m-%d %H:%M}",
            "proven" if model.proven else "not yet proven",
        ]
        if model.signed_by:
            words.append(f"signed by {model.signed_by}")
        if model.fault:
            words.append(model.fault)
        yield ", ".join(words)


def _place(number: int, current: int) -> Place:
    if number == current:
        return "current"
    return "former" if number > current else "set_aside"
