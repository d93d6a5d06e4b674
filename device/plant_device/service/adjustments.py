"""The settings that the page may change while the device runs, and what was changed.

Only what can neither lose records nor let anyone in: how leaves are looked at, the language, the
place, how much of the disk stays free. What was changed goes before the settings file, and the
command line before both.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from plant_device.contract.atomic import write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.service.settings import Settings, changed

ADJUSTABLE = (
    "decision.mode",
    "decision.every",
    "decision.leaves",
    "decision.patience",
    "decision.motion",
    "decision.rest",
    "language",
    "store.place",
    "store.keep_free_mb",
)
_NAME = "settings.json"
_MAX_BYTES = 1 << 16
_ORIGIN = "the page"


class Adjustments:
    """Settings, of which some may be changed while the device runs.

    Args:
        settings: as the file and the command line have them.
        fixed: names that the command line has set.
        folder: where changes are kept; None: nowhere, and nothing may be changed.

    Raises:
        UserError: what was changed before is damaged, or no longer goes with the settings.
    """

    def __init__(self, settings: Settings, fixed: Collection[str], folder: Path | None) -> None:
        self.fixed = [name for name in ADJUSTABLE if name in fixed]
        self.folder = folder
        self._changes = _read(folder) if folder else {}
        in_force = {name: value for name, value in self._changes.items() if name not in self.fixed}
        self.settings = _adjusted(settings, in_force)

    @classmethod
    def of(cls, settings: Settings, fixed: Collection[str]) -> "Adjustments":
        """Those of a page that settings ask for; without a page there is nothing to change."""
        return cls(settings, fixed, web_folder(settings) if settings.web.listen else None)

    def values(self) -> dict[str, Any]:
        """What holds now, by dotted names, as JSON has it."""
        dumped = self.settings.model_dump(mode="json")
        return {name: _value(dumped, name) for name in ADJUSTABLE}

    def change(self, changes: Mapping[str, Any]) -> Settings:
        """Keep other values for this start and the next; on the disk when this returns.

        Args:
            changes: by dotted names; None sets one back to none.

        Returns:
            The settings that hold from now on.

        Raises:
            UserError: a name may not be changed here, or a value is none that it can have.
            OSError: the disk is full, or cannot be written.
        """
        if self.folder is None:
            raise UserError("nothing can be changed: start the device with --store, to keep it in")
        for name in changes:
            if name in self.fixed:
                raise UserError(f"{name} is set on the command line: change it there")
        # Late: most devices see their first leaf sooner without it, and never need it.
        from plant_device.service.check import check_place_and_language

        settings = _adjusted(self.settings, changes)
        check_place_and_language(settings)
        kept = {**self._changes, **changes}
        write_atomically(self.folder / _NAME, json.dumps(kept, indent=1) + "\n")
        self._changes, self.settings = kept, settings
        return settings


def web_folder(settings: Settings) -> Path | None:
    """Where the page keeps what is its own; None where nothing says where."""
    if settings.web.state:
        return settings.web.state
    return settings.store.folder / "web" if settings.store.folder else None


def _adjusted(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    for name in changes:
        if name not in ADJUSTABLE:
            near = near_misses(name, ADJUSTABLE)
            raise UserError(f"expected a setting that may be changed here, received {name}{near}")
    return changed(settings, changes, _ORIGIN)


def _read(folder: Path) -> dict[str, Any]:
    path = folder / _NAME
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES + 1))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise UserError(f"{path} is damaged: delete it, and set on the page what it had") from None
    if not isinstance(values, dict):
        raise UserError(f"expected settings by their names in {path}: delete it")
    return values


def _value(dumped: Mapping[str, Any], name: str) -> Any:
    value: Any = dumped
    for part in name.split("."):
        value = value[part]
    return value
