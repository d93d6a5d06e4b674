"""The settings that the page may change while the device runs, and what was changed.

Only what can neither lose records nor let anyone in: how leaves are looked at, the language, the
place, how much of the disk stays free. What was changed goes before the settings file, and the
command line before both.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from plant_device.contract.atomic import write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.service.settings import Settings, changed
from plant_device.store.disk import highest_floor

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
_MOST_TOLD = 3
_ORIGIN = "the page"


class Adjustments:
    """Settings, of which some may be changed while the device runs.

    Args:
        settings: as the file and the command line have them.
        fixed: names that the command line has set.
        folder: where changes are kept; None: nowhere, and nothing may be changed.

    What was changed before and is damaged, or no longer goes with the settings, is left out and set
    aside: a device must start, whatever its page has kept.
    """

    def __init__(self, settings: Settings, fixed: Collection[str], folder: Path | None) -> None:
        self.fixed = [name for name in ADJUSTABLE if name in fixed]
        self.folder = folder
        self.settings = settings
        self.left_out: str | None = None
        """What was left out, in words."""
        self._changes: dict[str, Any] = {}
        if folder:
            self._take_up(folder)

    @classmethod
    def of(cls, settings: Settings, fixed: Collection[str]) -> "Adjustments":
        """Those of a page that settings ask for; without a page there is nothing to change."""
        return cls(settings, fixed, web_folder(settings) if settings.web.listen else None)

    def values(self) -> dict[str, Any]:
        """What holds now, by dotted names, as JSON has it."""
        dumped = self.settings.model_dump(mode="json")
        return {name: _value(dumped, name) for name in ADJUSTABLE}

    def most_free_mb(self) -> int | None:
        """The highest `store.keep_free_mb` that may be set now; None where nothing is kept.

        What already holds may be set again.
        """
        store = self.settings.store
        if store.folder is None or not store.folder.is_dir():
            return None
        return max(highest_floor(store.folder) // 10**6, store.keep_free_mb or 0)

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
        settings = _adjusted(self.settings, changes)
        most, wanted = self.most_free_mb(), settings.store.keep_free_mb
        if most is not None and wanted is not None and wanted > most:
            raise UserError(
                f"expected at most {most:,} for store.keep_free_mb, received {wanted:,}: more is "
                "not free, and old pictures would be deleted at once"
            )
        kept = {**self._changes, **changes}
        _write(self.folder, kept)
        self._changes, self.settings = kept, settings
        return settings

    def _take_up(self, folder: Path) -> None:
        """Have what was changed before hold again, value by value."""
        faults: list[str] = []
        try:
            changes = _read(folder)
        except UserError as error:
            changes = {}
            faults.append(str(error))
        for name, value in changes.items():
            try:
                if name not in self.fixed:
                    self.settings = _adjusted(self.settings, {name: value})
                self._changes[name] = value
            except UserError as error:
                faults.append(str(error))
        if faults:
            more = ", and more" if len(faults) > _MOST_TOLD else ""
            told = "; ".join(faults[:_MOST_TOLD]) + more
            self.left_out = f"left out of what the page had set: {told}; {self._set_aside(folder)}"

    def _set_aside(self, folder: Path) -> str:
        """Put what holds in the place of a damaged file; what became of that, in words."""
        path = folder / _NAME
        aside = path.with_name(f"{_NAME}.damaged-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}")
        try:
            path.rename(aside)
            _write(folder, self._changes)
        except OSError as error:
            return f"{path} stays as it is ({error.strerror})"
        return f"the file as it was is {aside}"


def web_folder(settings: Settings) -> Path | None:
    """Where the page keeps what is its own; None where nothing says where."""
    if settings.web.state:
        return settings.web.state
    return settings.store.folder / "web" if settings.store.folder else None


def _adjusted(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    for name in changes:
        if name not in ADJUSTABLE:
            near = near_misses(name, ADJUSTABLE)
            raise UserError(
                f"expected a setting that may be changed here, received {name!r:.80}{near}"
            )
    adjusted = changed(settings, changes, _ORIGIN)
    # Late: a device whose page has changed neither sees its first leaf sooner.
    place = adjusted.store.place
    if place is not None and place != settings.store.place:
        from plant_device.service.check import check_place

        check_place(place)
        _require_own_receiver(place)
    if "language" in changes:
        from plant_device.texts.languages import load_texts

        load_texts(adjusted.language, adjusted.texts)
    return adjusted


def _require_own_receiver(place: str) -> None:
    """Refuse a gpsd of another machine: who is let in to the page must not reach others by it."""
    from plant_device.store.place.gpsd import gpsd_address
    from plant_device.web.access.hosts import is_loopback

    if place.startswith("gpsd") and not is_loopback(gpsd_address(place)[0]):
        raise UserError(
            "expected gpsd of this machine, as gpsd or gpsd:localhost:PORT, received "
            f"{place!r:.80}: the settings file and --place may name another one"
        )


def _read(folder: Path) -> dict[str, Any]:
    """What was changed before, by dotted names, whatever the values are.

    Raises:
        UserError: that cannot be read.
    """
    path = folder / _NAME
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_MAX_BYTES + 1))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        raise UserError(f"all of it, as {path} is no JSON") from None
    except OSError as error:
        raise UserError(f"all of it, as {path} cannot be read ({error.strerror})") from None
    if not isinstance(values, dict):
        raise UserError(f"all of it, as {path} has no settings by their names")
    return values


def _write(folder: Path, changes: Mapping[str, Any]) -> None:
    write_atomically(folder / _NAME, json.dumps(changes, indent=1) + "\n")


def _value(dumped: Mapping[str, Any], name: str) -> Any:
    value: Any = dumped
    for part in name.split("."):
        value = value[part]
    return value
