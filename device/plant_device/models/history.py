"""Which models a device has, and which of them is current: values, changed by pure functions.

Like a browser's pages: a rollback goes one back, a new model drops those that were gone back from.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Sha256
from plant_device.contract.plain import plain

FEWEST_KEPT = 2
"""The current model, and the one that a rollback goes to."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Installed(_Part):
    """A model on the device.

    Args:
        sha256: of the whole file, whose name it is.
        name, version: as the model file says.
        installed_at: by the device's clock, which may be wrong; nothing goes by it.
        signed_by: the key's id, where a signature was checked.
        proven: it has answered in a running service.
        starts: of a service that were begun with it and did not come through, before it was proven.
        fault: why it was gone back from, where the device did that by itself.
    """

    sha256: Sha256
    name: str
    version: str
    bytes: int
    installed_at: datetime
    signed_by: str | None = None
    proven: bool = False
    starts: int = 0
    fault: str | None = None

    def __str__(self) -> str:
        """For a person; the words are a stranger's."""
        return plain(f"{self.name} {self.version} ({self.sha256[:12]}…)")


class History(_Part):
    """The models of a device, the newest first.

    Args:
        models: those before the current one were gone back from, those after it are former ones.
        place: of the current one.
    """

    format_version: Literal[1] = 1
    models: tuple[Installed, ...] = Field(min_length=1)
    place: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_one(self) -> "History":
        if self.place >= len(self.models):
            raise ValueError("the current model is not among them")
        if len({model.sha256 for model in self.models}) != len(self.models):
            raise ValueError("a model is there twice")
        return self

    @property
    def current(self) -> Installed:
        """The model that is to run."""
        return self.models[self.place]

    @property
    def former(self) -> tuple[Installed, ...]:
        """Where a rollback goes, the next one first."""
        return self.models[self.place + 1 :]

    def has(self, sha256: str) -> bool:
        """Whether the model is on the device."""
        return any(model.sha256 == sha256 for model in self.models)


def with_new(history: History | None, new: Installed, keep: int) -> History:
    """The new model is current.

    Args:
        keep: so many stay, at least `FEWEST_KEPT`; and the newest one that has proven itself,
            wherever it stands: two bad models must not push a good one out.
    """
    before = (history.current, *history.former) if history else ()
    models = (new, *(model for model in before if model.sha256 != new.sha256))
    sound = next((place for place, model in enumerate(models) if model.proven), 0)
    kept = (*models[:keep], *([models[sound]] if sound >= keep else []))
    return History(models=kept)


def rolled_back(history: History) -> History:
    """The model before the current one is current.

    Raises:
        UserError: there is none.
    """
    if not history.former:
        raise UserError(f"there is no model to go back to: {history.current} is the oldest")
    return _changed(history, place=history.place + 1)


def begun(history: History, sha256: str, starts: int) -> History:
    """So many starts of a model did not come through so far, one that goes on included."""
    return _with(history, sha256, starts=starts)


def settled(history: History, wanted: str, answering: str, faults: Mapping[str, str]) -> History:
    """What a service found: which model answers, and why those that it tried before do not.

    Args:
        wanted: sha256 of what was current when it began; if that has changed since, what it found
            of that has no say any more.
    """
    if history.current.sha256 != wanted or not history.has(answering):
        return history
    for sha256, fault in faults.items():
        history = _with(history, sha256, fault=fault)
    history = _with(history, answering, proven=True, fault=None)
    places = [model.sha256 for model in history.models]
    return _changed(history, place=places.index(answering))


def _with(history: History, sha256: str, **changes: object) -> History:
    models = tuple(
        model.model_copy(update=changes) if model.sha256 == sha256 else model
        for model in history.models
    )
    return _changed(history, models=models)


def _changed(history: History, **changes: object) -> History:
    return History.model_validate(history.model_copy(update=changes).model_dump())
